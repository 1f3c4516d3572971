# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaPipe's networks: catalogue, download, conversion to ONNX, verification, and the converted files."""

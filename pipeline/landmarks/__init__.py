# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames to landmarks: MediaPipe's networks for body, hands and face, in ONNX Runtime."""

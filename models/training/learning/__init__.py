# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's network in PyTorch: learning, calibration, and its ONNX file."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's network in PyTorch: training, calibration and export to ONNX."""

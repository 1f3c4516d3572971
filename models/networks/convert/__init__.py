# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion from TFLite to ONNX, optimized for ONNX Runtime. Does not need TensorFlow."""

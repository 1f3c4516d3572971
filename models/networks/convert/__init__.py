# SPDX-License-Identifier: GPL-3.0-or-later
"""TFLite to ONNX, tuned for ONNX Runtime. Needs no TensorFlow."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that imports OpenCV, quietly.

OpenCV and the FFmpeg inside it write warnings of their own to stderr, about every damaged frame and every camera
that is not there. Mimic says the same in one sentence, so both are told to be silent before they start.
"""

import os
import sys
from types import ModuleType


def load() -> ModuleType:
    """Import `cv2` with its log and FFmpeg's switched off (unless the environment asks for them)."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    imported_elsewhere = "cv2" in sys.modules
    import cv2

    if imported_elsewhere and os.environ["OPENCV_LOG_LEVEL"] == "SILENT":
        cv2.setLogLevel(0)  # its environment variable is read only at import
    return cv2

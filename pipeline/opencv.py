# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that imports OpenCV, quietly.

OpenCV and the FFmpeg inside it write warnings of their own to stderr, about every damaged frame and every camera
that is not there. Mimic says the same in one sentence, so both are told to be silent before they start.
"""

import os
import sys
from threading import Lock
from types import ModuleType
from typing import Any, Final, cast

SILENT: Final = 0
"""OpenCV's log level at which it says nothing."""

_importing: Final = Lock()


def load() -> ModuleType:
    """Import `cv2` with its log and FFmpeg's switched off (unless the environment asks for them)."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    # While OpenCV is imported it takes itself out of the modules for a moment; another thread would find it half made.
    with _importing:
        imported_elsewhere = "cv2" in sys.modules
        import cv2

    if imported_elsewhere and os.environ["OPENCV_LOG_LEVEL"] == "SILENT":
        # Its environment variable is read only at import. OpenCV 5 has moved the function.
        set_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cast(Any, cv2).utils.logging.setLogLevel
        set_level(SILENT)
    return cv2

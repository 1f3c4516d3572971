# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenCV, made quiet.

OpenCV and the FFmpeg inside it write warnings of their own to stderr, about every damaged frame and every camera
that is not there. Mimic says the same in one sentence, so both are told to be silent before they start.
"""

import os
import sys
from types import ModuleType
from typing import Any, Final, cast

from . import libraries

SILENT: Final = 0
"""OpenCV's log level at which it says nothing."""


def load() -> ModuleType:
    """Import `cv2` with its log and FFmpeg's switched off (unless the environment asks for them).

    Raises:
        LibraryMissing, LibraryUnfit: it cannot be imported, or is one that cannot be used.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    imported_elsewhere = libraries.OPENCV.module in sys.modules
    cv2 = libraries.load(libraries.OPENCV)
    if imported_elsewhere and os.environ["OPENCV_LOG_LEVEL"] == "SILENT":
        # Its environment variable is read only at import. OpenCV 5 has moved the function.
        set_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cast(Any, cv2).utils.logging.setLogLevel
        set_level(SILENT)
    return cv2

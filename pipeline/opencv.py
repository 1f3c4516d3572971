# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenCV with its log output switched off.

OpenCV and its FFmpeg write warnings to stderr about every damaged frame and every missing camera. Mimic reports the
same in one sentence, so both are silenced before they start.
"""

import os
import sys
from types import ModuleType
from typing import Any, Final, cast

from . import libraries

SILENT: Final = 0
"""OpenCV's log level without any output."""


def load() -> ModuleType:
    """Import `cv2` with its log and FFmpeg's switched off, unless the environment enables them.

    Raises:
        LibraryMissing: it cannot be imported.
        LibraryUnfit: Mimic does not work with the imported version.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    imported_elsewhere = libraries.OPENCV.module in sys.modules
    cv2 = libraries.load(libraries.OPENCV)
    if imported_elsewhere and os.environ["OPENCV_LOG_LEVEL"] == "SILENT":
        # The environment variable is read only at import. OpenCV 5 has moved the function.
        set_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cast(Any, cv2).utils.logging.setLogLevel
        set_level(SILENT)
    return cv2

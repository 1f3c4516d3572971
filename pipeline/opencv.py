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

from .errors import OpenCVTooOld

OLDEST: Final = (4, 5, 5)
"""What works; Mimic brings a newer one, but another add-on may have loaded its own before."""

SILENT: Final = 0
"""OpenCV's log level at which it says nothing."""

_importing: Final = Lock()


def load() -> ModuleType:
    """Import `cv2` with its log and FFmpeg's switched off (unless the environment asks for them).

    Raises:
        OpenCVTooOld: one that cannot be used is loaded already.
    """
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    # While OpenCV is imported it takes itself out of the modules for a moment; another thread would find it half made.
    with _importing:
        imported_elsewhere = "cv2" in sys.modules
        import cv2

    _check(cv2)
    if imported_elsewhere and os.environ["OPENCV_LOG_LEVEL"] == "SILENT":
        # Its environment variable is read only at import. OpenCV 5 has moved the function.
        set_level = cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cast(Any, cv2).utils.logging.setLogLevel
        set_level(SILENT)
    return cv2


def _check(cv2: ModuleType) -> None:
    version = str(getattr(cv2, "__version__", ""))
    numbers = tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())
    if numbers and numbers < OLDEST:
        raise OpenCVTooOld(
            f"OpenCV {version} of “{getattr(cv2, '__file__', 'another add-on')}” is loaded already and too old for "
            f"Mimic, which needs {'.'.join(map(str, OLDEST))}: disable the add-on that it belongs to, and restart "
            "Blender."
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Lower the priority of threads below that of Blender's main thread."""

import ctypes
import os
import sys
import threading
from typing import Final

NICE: Final = 5
"""Added to the nice value on Linux. The thread gets a third of the time of a busy normal one, and all idle time."""

LOWEST: Final = 19

BELOW_NORMAL: Final = -1
"""THREAD_PRIORITY_BELOW_NORMAL on Windows."""


def lower_priority() -> None:
    """Lower the priority of the calling thread, and on Linux also of the threads that it starts later.

    Does nothing on macOS, where a lower priority means the efficiency cores, which are too slow for the networks.
    """
    if sys.platform == "linux":
        first = os.getpid()  # also the ID of Blender's main thread
        lower = min(LOWEST, os.getpriority(os.PRIO_PROCESS, first) + NICE)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), lower)
    elif sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentThread.restype = ctypes.c_void_p  # a handle is as wide as a pointer
        kernel.SetThreadPriority.argtypes = (ctypes.c_void_p, ctypes.c_int)
        kernel.SetThreadPriority(kernel.GetCurrentThread(), BELOW_NORMAL)

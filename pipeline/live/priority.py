# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that let Blender's own go first."""

import ctypes
import os
import sys
import threading
from typing import Final

NICE: Final = 5
"""On Linux: a third of the processor time of an equal beside one that does not step back, all of what nobody wants."""

LOWEST: Final = 19

BELOW_NORMAL: Final = -1
"""THREAD_PRIORITY_BELOW_NORMAL of Windows."""


def lower_priority() -> None:
    """Give the calling thread a lower priority; on Linux also those that it starts from now on.

    On macOS nothing is done: what is left there are the efficiency cores, which are too slow for networks.
    """
    if sys.platform == "linux":
        first = os.getpid()  # also the number of Blender's own thread
        lower = min(LOWEST, os.getpriority(os.PRIO_PROCESS, first) + NICE)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), lower)
    elif sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentThread.restype = ctypes.c_void_p  # its handle is as wide as an address
        kernel.SetThreadPriority.argtypes = (ctypes.c_void_p, ctypes.c_int)
        kernel.SetThreadPriority(kernel.GetCurrentThread(), BELOW_NORMAL)

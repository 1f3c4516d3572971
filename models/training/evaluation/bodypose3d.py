# SPDX-License-Identifier: GPL-3.0-or-later
"""A real video with known joints: `bodypose3d` (MIT, by Temuge Batpurev), one person in front of two cameras.

12 joints (in the order 11 to 16, then 23 to 28) triangulated from both cameras, 187 frames at 20 per second. It is
never used for training or for choosing settings, only to check whether a lifter works on real people.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

VIDEO: Final = "media/cam0_test.mp4"
TORSO: Final = 0.5
"""Assumed metres from the midpoint of the shoulders to that of the hips, as the unit of the recording is unknown."""


def truth(folder: Path) -> NDArray[np.float64]:
    """Read the joints (n, 12, 3) in metres, in the axes of camera 0: x right, y down, z away from the camera."""
    joints = np.loadtxt(folder / "joint_angles_kpts_3d.dat").reshape(-1, 12, 3)
    lines = (folder / "camera_parameters" / "rot_trans_c0.dat").read_text().splitlines()
    turn = np.array([[float(word) for word in line.split()] for line in lines[1:4]])
    shift = np.array([float(line) for line in lines[5:8]])
    seen = joints @ turn.T + shift
    torso = np.linalg.norm(seen[:, :2].mean(axis=1) - seen[:, 6:8].mean(axis=1), axis=-1)
    return np.asarray(seen * (TORSO / np.median(torso)), dtype=float)


def focal(folder: Path) -> float:
    """Read the focal length of camera 0 in pixels of its video."""
    first = (folder / "camera_parameters" / "c0.dat").read_text().splitlines()[1]
    return float(first.split()[0])

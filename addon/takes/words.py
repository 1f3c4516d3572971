# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the cameras of a take, in words. It needs no Blender."""

from typing import Final

import numpy as np

from ...errors import listed
from ...models.body import rotations as rot
from ...pipeline.takes.format import TakeInfo

UNKNOWN: Final = "Where the cameras stood has not been found yet, and only what the first one saw is baked."


def cameras_said(info: TakeInfo) -> str:
    """Return where the cameras of a take stood and how well that fits what they saw, or that nobody knows, and why."""
    cameras = info.cameras
    if not cameras:
        return info.cameras_said or UNKNOWN
    looks = [rot.rotate(np.array(camera.rotation), [0.0, 1.0, 0.0]) for camera in cameras]
    apart = [float(np.degrees(np.arccos(np.clip(looks[0] @ look, -1.0, 1.0)))) for look in looks[1:]]
    views = listed([f"{camera.field_of_view:.0f}" for camera in cameras])
    residual = max(camera.residual for camera in cameras)
    plural = "" if len(set(views.split())) > 1 else " each"
    return (
        f"{len(cameras)} cameras, {listed([f'{angle:.0f}' for angle in apart])} degrees from the first one; fields of "
        f"view {views} degrees{plural}; landmarks agree within {residual:.1f} pixels."
    )

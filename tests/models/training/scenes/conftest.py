# SPDX-License-Identifier: GPL-3.0-or-later
"""Movement and a body for scenes, so that these tests need neither motion capture nor Anny."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.training.pictures import people
from mimic.models.training.pictures.render import Renderer
from mimic.models.training.poses.motion_capture import Motion
from mimic.models.training.scenes import film


@pytest.fixture(scope="module")
def motion():
    """Somebody who stands, and a walk of 70 frames in which the legs swing and the hips travel towards -Y."""
    swing = np.radians(25.0) * np.sin(2.0 * np.pi * np.arange(70) / 30.0)
    walk = rot.identity(70, 52)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        walk[:, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), sign * swing)
    path = np.zeros((90, 3))
    path[20:, 1] = -0.04 * np.arange(70)
    names = ("idle-listening", "bvh_iclone__007_02")
    rotations = np.concatenate([rot.identity(20, 52), walk])
    return Motion(rotations, path, np.array([0, 20, 90]), np.array([24.0, 30.0]), names)


def renderer_of(folk):
    pytest.importorskip("moderngl", reason="needs moderngl, which is not installed here")
    try:
        return Renderer(film.cast(folk))
    except Exception as fault:
        if "egl" not in str(fault).lower():
            raise
        pytest.skip(f"needs OpenGL over EGL: {fault}")


@pytest.fixture(scope="module")
def somebody():
    """A body without anatomy: a small block around each joint."""
    body = neutral_body()
    corner = 0.04 * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    block = np.array([t for a, b, c, d in faces for t in ((a, b, c), (a, c, d))])
    count = len(body.rest)
    return people.Person(
        body=body,
        vertices=(body.rest[:, None] + corner).reshape(-1, 3).astype(np.float32),
        triangles=(block + 8 * np.arange(count)[:, None, None]).reshape(-1, 3).astype(np.int32),
        materials=np.full(8 * count, 6, np.uint8),
        weight_joints=np.repeat(np.arange(count), 8)[:, None].repeat(4, axis=1).astype(np.uint8),
        weights=np.tile(np.array([1.0, 0.0, 0.0, 0.0], np.float32), (8 * count, 1)),
        phenotype=np.full(6, 0.5),
    )

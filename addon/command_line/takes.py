# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic solve`` and ``mimic export``: a take to numbers."""

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...models.body.expressions import EXPRESSIONS
from ...models.body.joints import JOINTS
from ...models.body.model import neutral_body
from ...pipeline.errors import PersonMissing
from ...pipeline.outputs import replacing
from ...pipeline.solve.solving import solve_person
from ...pipeline.takes.export import export as write_landmarks
from ...pipeline.takes.geometry import CameraGeometry
from ...pipeline.takes.take import Take
from ..bake.findings import findings
from ..takes.words import cameras_said
from .console import plural, say


def person_of(take: Take, number: int) -> int:
    """Return the person whom a user calls by a number, from 1.

    Raises:
        PersonMissing: the take has no such person.
    """
    people = take.people
    if number - 1 not in people:
        known = ", ".join(str(person + 1) for person in people)
        raise PersonMissing(f"“{take.path}” has no person {number}: choose one of these numbers: {known}.")
    return number - 1


def solve(options: argparse.Namespace) -> int:
    """Write rotations, posed joints and the face as numpy arrays."""
    with Take.open(options.take) as take:
        people = take.people
        person = person_of(take, options.person)
        cameras, info, several = take.info.cameras, take.info, take.camera_count > 1
        solved = solve_person(
            take,
            person,
            solver=options.solver,
            sides=options.sides,
            field_of_view=options.field_of_view or None,
            calibrated=False,
            refine=options.refine,
        )
    motion = solved.motion
    joints = neutral_body().positions(motion.rotations, motion.root)
    with replacing(options.output, force=options.force) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            time=motion.time,
            names=np.array(JOINTS),
            rotations=motion.rotations,
            root=motion.root,
            shape=motion.shape,
            confidence=motion.confidence,
            joints=joints,
            expressions=motion.expressions,
            expression_names=np.array(EXPRESSIONS),
            eyes=motion.eyes,
            **_arrays(cameras),
        )
    if several and not cameras:
        say(f"Note: {cameras_said(info)}")
    if cameras and options.field_of_view:
        say("Note: the lenses of several cameras are in the take, so --fov has no effect: captures and bakes set them.")
    for sentence in findings(solved):
        say(f"Note: {sentence}")
    which = f"Person {options.person}: " if len(people) > 1 else ""
    say(f"{which}{plural(len(motion.time), 'frame')}, {len(JOINTS)} joints: {options.output}")
    return 0


def _arrays(cameras: Sequence[CameraGeometry]) -> dict[str, NDArray[np.float64]]:
    """Return where c cameras stood as arrays; none for a take of one camera.

    `camera_rotation` (c, 4) turns a camera's axes into those of the joints, `camera_position` (c, 3) is in metres,
    `camera_focal` (c,) and `camera_size` (c, 2) in pixels, `camera_clock` (c, 2) holds offset and rate.
    """
    if not cameras:
        return {}
    return {
        "camera_rotation": np.array([camera.rotation for camera in cameras]),
        "camera_position": np.array([camera.position for camera in cameras]),
        "camera_focal": np.array([camera.focal for camera in cameras]),
        "camera_size": np.array([camera.size for camera in cameras], float),
        "camera_clock": np.array([(camera.clock.offset, camera.clock.rate) for camera in cameras]),
    }


def export(options: argparse.Namespace) -> int:
    """Write the landmarks themselves."""
    with Take.open(options.take) as take:
        cameras = take.camera_count
        seen = take.camera(options.camera - 1)
        several = len(seen.people) > 1
        write_landmarks(seen, options.output, person=person_of(seen, options.person), force=options.force)
        which = f"Camera {options.camera}: " if cameras > 1 else ""
        which += f"Person {options.person}: " if several else ""
        say(f"{which}{plural(seen.frame_count, 'frame')}: {options.output}")
    if several:
        say("A file holds one person: export the others with --person.")
    if cameras > 1:
        say("A file holds what one camera saw: export the others with --camera.")
    return 0

# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances as solved from single cameras, each with the errors of its own view."""

import numpy as np

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.motion import BodyMotion

MOVED = [INDEX[f"{side}{part}"] for side in ("Left", "Right") for part in ("Arm", "ForeArm", "UpLeg", "Leg")]


def filmed(
    start,
    seconds,
    *,
    fps=30.0,
    rate=1.0,
    seed=0,
    noise=12.0,
    heading=0.0,
    shoot=1,
    swing=30.0,
    steps=0.0,
    at=(0.0, 4.0, 0.0),
):
    """A performance as one camera saw it: its own clock begins at 0 when the performance is `start` seconds old.

    Args:
        start: seconds of the performance at which the camera begins.
        seconds: how long it runs, by its own clock.
        fps: its frame rate.
        rate: seconds of the performance in one of the camera's.
        seed: of the performance.
        noise: degrees by which joints are off, slowly changing.
        heading: degrees by which the camera is turned about the vertical.
        shoot: of the noise.
        swing: degrees by which joints turn.
        at: where the person stands in metres, in axes that are turned by `heading` for the camera.
        steps: length of a period in seconds after which the performance repeats itself; 0 if it does not.
    """
    time = np.arange(round(seconds * fps)) / fps
    when = start + rate * time
    rng = np.random.default_rng(seed)
    rates, phases = rng.uniform(0.2, 1.5, size=(52, 3, 5)), rng.uniform(0.0, 6.0, size=(52, 3, 5))
    if steps:
        rates = np.maximum(np.round(rates * steps), 1.0) / steps
    turns = np.sin(2.0 * np.pi * rates * when[:, None, None, None] + phases).sum(axis=-1) * np.radians(swing) / 2.2
    wrong = np.random.default_rng([seed, shoot])
    knots = np.arange(time[0] - 1.0, time[-1] + 2.0, 0.5)
    error = wrong.normal(size=(len(knots), 52 * 3)) * np.radians(noise) / np.sqrt(3.0)
    error = np.stack([np.interp(time, knots, each) for each in error.T], axis=1).reshape(-1, 52, 3)
    rotations = np.tile(rot.identity(), (len(time), len(JOINTS), 1))
    rotations[:, MOVED] = rot.from_vector(turns[:, MOVED])
    rotations[:, INDEX["Head"]] = rot.from_vector(0.5 * turns[:, INDEX["Head"]])
    rotations[:, 0] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(heading) + 0.7 * turns[:, 0, 2])
    return BodyMotion(
        time=time,
        rotations=rot.multiply(rotations, rot.from_vector(error)),
        root=np.tile(rot.rotate(rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(heading)), at), (len(time), 1)),
        shape=np.empty(0),
        confidence=np.ones((len(time), len(JOINTS))),
    )

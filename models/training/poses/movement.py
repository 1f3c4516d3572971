# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion for clips: sections of motion capture, and ordinary people who move mainly their arms."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.joints import INDEX, JOINTS
from . import poses
from .motion_capture import Motion

Array = NDArray[np.float64]

_Z: Final = np.array([0.0, 0.0, 1.0])
_SIDES: Final = ("Left", "Right")
_ARMS: Final = tuple(list(range(INDEX[f"{side}Shoulder"], INDEX[f"{side}HandPinky3"] + 1)) for side in _SIDES)
_LEGS: Final = [INDEX[f"{side}{part}"] for side in _SIDES for part in ("UpLeg", "Leg", "Foot", "ToeBase")]
_HEAD: Final = [INDEX["Neck"], INDEX["Head"]]
_BACK: Final = [INDEX["Spine"], INDEX["Spine1"], INDEX["Spine2"]]
_CHANGES: Final = ((_ARMS[0], 0.75), (_ARMS[1], 0.75), (_HEAD, 0.7), (_BACK, 0.4), (_LEGS, 0.12))
"""Body parts of an ordinary person that move together, and the probability that they do."""
_CHANGE_SECONDS: Final = (0.3, 1.2)
"""Range of the duration of an ordinary change of pose in seconds."""
_TEMPO: Final = (0.8, 1.25)


@dataclass(frozen=True)
class Movement:
    """A motion: rotations (f, 52, 4), facing -Y in the middle frame, and the hips' path (f, 3).

    The path is in metres of the neutral body, relative to the middle frame.
    """

    rotations: Array
    path: Array


def draw_captured(rng: np.random.Generator, time: Array, motion: Motion, clips: NDArray[np.int64]) -> Movement:
    """Draw a section of motion capture, mirrored in half of all cases, with random head and finger motion.

    Args:
        rng: random number generator.
        time: (f,) seconds.
        motion: all clips.
        clips: numbers of the clips to draw from, with probabilities by length.

    Raises:
        ValueError: all of them are shorter than `time`.
    """
    length = (np.diff(motion.starts)[clips] - 1) / motion.rates[clips]
    tempo = float(np.exp(rng.uniform(*np.log(_TEMPO))))
    spare = np.maximum(length - tempo * np.ptp(time), 0.0)
    if not spare.any():
        raise ValueError("no clip of motion capture is long enough for the requested times")
    clip = int(clips[rng.choice(len(clips), p=spare / spare.sum())])
    last = float(length[np.flatnonzero(clips == clip)[0]])
    first = rng.uniform(0.0, last - tempo * np.ptp(time))
    frame = np.clip((first + tempo * (time - time[0])) * motion.rates[clip], 0.0, last * motion.rates[clip])
    low = np.minimum(frame.astype(int), np.diff(motion.starts)[clip] - 2)
    index, part = motion.starts[clip] + low, frame - low
    rotations = rot.slerp(motion.rotations[index], motion.rotations[index + 1], part[:, None])
    path = motion.path[index] + part[:, None] * (motion.path[index + 1] - motion.path[index])
    rotations, path = _facing_front(rotations, path)
    if rng.random() < 0.5:
        rotations, path = poses.mirror(rotations), path * [-1.0, 1.0, 1.0]
    rotations[:, _HEAD] = rot.identity()
    # With the rest pose as the only captured pose, this draws head, fingers and small rotations of all joints.
    own = poses.draw(rng, 2, captured=rot.identity(1, len(JOINTS)), mixture=(0.0, 1.0, 0.0)).rotations
    return Movement(rot.multiply(rotations, _between(rng, own[0], own[1], time)), path)


def draw_ordinary(rng: np.random.Generator, time: Array) -> Movement:
    """Draw a person who stands or sits, sways a little, and moves arms, head, back and, rarely, legs."""
    keys = poses.draw(rng, 3, captured=rot.identity(1, len(JOINTS)), mixture=(1.0, 0.0, 0.0)).rotations
    rotations = np.broadcast_to(keys[0], (len(time), *keys[0].shape)).copy()
    for key in keys[1:]:
        for part, odds in _CHANGES:
            if rng.random() < odds:
                target = np.broadcast_to(key[part], (len(time), len(part), 4))
                rotations[:, part] = rot.slerp(rotations[:, part], target, _ease(rng, time)[:, None])
    for joint, degrees in ((INDEX["Hips"], 1.5), (INDEX["Spine1"], 1.5), (INDEX["Head"], 2.0)):
        vector = np.radians(degrees) * np.stack([_sway(rng, time) for _ in range(3)], axis=-1)
        rotations[:, joint] = rot.multiply(rotations[:, joint], rot.from_vector(vector))
    path = 0.015 * np.stack([_sway(rng, time), _sway(rng, time), 0.3 * _sway(rng, time)], axis=-1)
    return Movement(rotations, path)


def draw_camera_shake(rng: np.random.Generator, time: Array) -> Array:
    """Draw the rotation of the view (f, 4): mostly none, a little for a hand-held camera."""
    if rng.random() < 0.7:
        return rot.identity(len(time))
    degrees = rng.uniform(0.3, 2.0) * np.array([1.0, 0.5, 1.0])
    return rot.from_vector(np.radians(degrees) * np.stack([_sway(rng, time) for _ in range(3)], axis=-1))


def _facing_front(rotations: Array, path: Array) -> tuple[Array, Array]:
    """Rotate a motion to face ahead in the middle frame, and make its path relative to that frame."""
    middle = len(rotations) // 2
    _, heading = rot.swing_twist(rotations[middle, INDEX["Hips"]], _Z)
    back = rot.conjugate(heading)
    result = rotations.copy()
    result[:, INDEX["Hips"]] = rot.multiply(back, result[:, INDEX["Hips"]])
    return result, rot.rotate(back, path - path[middle])


def _between(rng: np.random.Generator, first: Array, second: Array, time: Array) -> Array:
    """Return poses (f, 52, 4) that change from one pose to another at a random time."""
    shape = (len(time), *first.shape)
    return rot.slerp(np.broadcast_to(first, shape), np.broadcast_to(second, shape), _ease(rng, time)[:, None])


def _ease(rng: np.random.Generator, time: Array) -> Array:
    """Return weights (f,) from 0 to 1 for a minimum-jerk change at a random time."""
    length = rng.uniform(*_CHANGE_SECONDS)
    begin = rng.uniform(time[0] - length, time[-1])
    t = np.clip((time - begin) / length, 0.0, 1.0)
    return np.asarray(t**3 * (10.0 - 15.0 * t + 6.0 * t**2))


def _sway(rng: np.random.Generator, time: Array) -> Array:
    """Return slow random waves (f,) about 0, of amplitude 1."""
    waves = [np.sin(2.0 * np.pi * (rng.uniform(0.15, 1.2) * time + rng.random())) for _ in range(2)]
    return np.asarray((waves[0] + waves[1]) / np.sqrt(2.0) * abs(rng.standard_normal()))

# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of another take, such as a close-up that was filmed at the same time.

Two recordings of one head are synchronised by how fast it turns, about its own axes: that is the same wherever the
cameras stand. The lag is where the normalised cross-correlation of both is largest, found to a fraction of a sample.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.correlation import bell, blurred, correlate, peak
from ...models.body.expressions import EXPRESSIONS
from ...models.body.joints import INDEX
from ...models.body.model import neutral_body
from ...models.body.motion import SEEN, BodyMotion
from ..errors import FacesApart
from ..motion.resample import resample

Array = NDArray[np.float64]

RATE: Final = 50.0
"""Samples per second at which motions are compared."""

SHORTEST: Final = 2.0
"""Seconds that both takes must share, with the head seen in both."""

ENOUGH: Final = 10.0
"""Seconds from which a longer shared part makes a match no more credible."""

LEAST_TURN: Final = np.radians(4.0)
"""Radians per second, root mean square: a head that turns less than this is as good as still."""

FASTEST: Final = np.radians(400.0)
"""Radians per second above which a turn is a mistake of the detection."""

LEAST_MATCH: Final = 0.5
"""Correlation below which two motions are not of the same head."""

LEAST_EVIDENCE: Final = 1.5
"""Least correlation times the root of the seconds that it is of: a good match of a short moment may be chance."""

CLEAR: Final = 0.85
"""Largest score of a second lag, as a fraction of that of the best one, for that one to be clear."""

APART: Final = 0.5
"""Seconds between two lags that count as different."""

_BLUR: Final = 0.06
"""Seconds, standard deviation: noise of the detection is above, nods and shakes of heads are below."""

_WAY_OUT: Final = "give the seconds between their beginnings (--face-offset)"

FADE: Final = 0.3
"""Seconds in which a face comes to rest before and after its take."""


def add_face(motion: BodyMotion, face: BodyMotion, offset: float | None = None) -> BodyMotion:
    """Return a motion with the face of another take instead of its own; at rest where that take has none.

    Args:
        motion: the motion of the body.
        face: the motion of the take with the face.
        offset: seconds from the first frame of `motion` to that of `face`; negative if that began earlier. Found by
            the motion of the head unless given.

    Raises:
        FacesApart: there is no face in the other take, or not during this motion; its expressions are not known; or
            the head's motion does not tell how much later it began.
    """
    if np.isnan(face.expressions).all() and not np.isnan(face.eyes).all():
        raise FacesApart(
            "The expressions of the face's take are not known, as it is older than they are and the network that reads "
            "them is missing: download the networks (`mimic models fetch`) and try again."
        )
    if np.isnan(face.expressions).all():
        raise FacesApart("The face's take shows no face: film it closer and with more light, or choose another take.")
    shift = head_offset(motion, face) if offset is None else offset
    time = face.time[0] + motion.time - motion.time[:1] - shift
    beyond = np.maximum(np.maximum(face.time[0] - time, time - face.time[-1]), 0.0)
    if (beyond > 0.0).all():
        raise FacesApart(
            f"The face's take lasts from {shift:.2f} s to {shift + face.time[-1] - face.time[0]:.2f} s of the body's "
            "take, outside this motion: give another offset."
        )
    strength = np.clip(1.0 - beyond / FADE, 0.0, 1.0)
    moved = resample(face, time)
    eyes = rot.slerp(rot.identity(len(time), 2), moved.eyes, strength[:, None])
    rest = strength == 0.0
    return replace(
        motion,
        expressions=np.where(rest[:, None], 0.0, moved.expressions * strength[:, None]).reshape(-1, len(EXPRESSIONS)),
        eyes=np.where(rest[:, None, None], rot.identity(), eyes),
    )


def head_offset(motion: BodyMotion, other: BodyMotion) -> float:
    """Return the seconds after which another motion begins that was filmed of the same head at the same time.

    They count from the first frame of the one to that of the other, negative if that began earlier.

    Raises:
        FacesApart: the head is hardly seen or hardly moves, or its motion does not match.
    """
    ours, seen = _turning(motion)
    theirs, seen_there = _turning(other)
    found = correlate(ours, seen, theirs, seen_there)
    lags, match, shared = found.lags, found.match, found.shared
    possible = shared >= SHORTEST * RATE
    if not possible.any():
        raise FacesApart(
            f"The takes cannot be synchronised: the head is seen for less than {SHORTEST:g} s in one of them. "
            f"Record a longer part of the performance, or {_WAY_OUT}."
        )
    if min(_speed(ours, seen), _speed(theirs, seen_there)) < LEAST_TURN:
        raise FacesApart(
            "The takes cannot be synchronised: the head hardly moves in one of them. Nod while both cameras record, or "
            f"{_WAY_OUT}."
        )
    score = np.where(possible, match * np.sqrt(np.minimum(shared / RATE, ENOUGH)), -np.inf)
    best = int(np.argmax(score))
    others = score[np.abs(lags - lags[best]) > APART * RATE]
    doubtful = len(others) > 0 and others.max() > CLEAR * score[best]
    if doubtful or match[best] < LEAST_MATCH or score[best] < LEAST_EVIDENCE:
        raise FacesApart(
            "The takes cannot be synchronised: the motion of the head does not match. Check that both show the same "
            f"performance, or {_WAY_OUT}."
        )
    return float((lags[best] + peak(match, best)) / RATE)


def _turning(motion: BodyMotion) -> tuple[Array, Array]:
    """Return the head's angular velocity (m, 3) about its own axes at `RATE`, and whether it is seen (m, 1), 0 or 1."""
    if len(motion.time) < 2:
        return np.zeros((1, 3)), np.zeros((1, 1))
    head = INDEX["Head"]
    rotations = np.where(np.isnan(motion.rotations), rot.identity(), motion.rotations)
    turns = neutral_body().globals(rotations)[:, head]
    steps = np.maximum(np.diff(motion.time), 1e-6)[:, None]
    speed = rot.to_vector(rot.multiply(rot.conjugate(turns[:-1]), turns[1:])) / steps
    sure = (motion.confidence[:, head] >= SEEN) & ~np.isnan(motion.rotations[:, head]).any(axis=-1)
    sure = sure[1:] & sure[:-1] & (np.linalg.norm(speed, axis=1) < FASTEST)
    middle = 0.5 * (motion.time[1:] + motion.time[:-1])
    time = motion.time[0] + np.arange(int((motion.time[-1] - motion.time[0]) * RATE) + 1) / RATE
    seen = (np.interp(time, middle, sure.astype(float)) > 0.5)[:, None].astype(np.float64)
    known = np.where(sure[:, None], speed, 0.0)
    sampled = np.stack([np.interp(time, middle, known[:, axis]) for axis in range(3)], axis=1)
    return blurred(sampled, seen, bell(_BLUR * RATE)) * seen, seen


def _speed(turning: Array, seen: Array) -> float:
    """Return the root mean square of an angular velocity where it is seen."""
    return float(np.sqrt((turning**2).sum() / max(seen.sum(), 1.0)))

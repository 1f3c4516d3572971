# SPDX-License-Identifier: GPL-3.0-or-later
"""One motion from what each camera's view was solved to: averages by how sure each view is, and of which directions.

A picture shows well how a limb lies in it, badly how far it reaches towards the camera, and worst how it is turned
about itself. So each rotation is averaged with an information matrix of the view, which makes of two cameras at an
angle much what triangulation would. All weights change softly over time: where one camera loses somebody, or ends, the
motion turns into what the others show, without a seam.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.expressions import EXPRESSIONS
from .....models.body.joints import JOINTS, PARENTS
from .....models.body.model import Body, neutral_body
from .....models.body.motion import SEEN, BodyMotion, Vertical
from ....takes.geometry import CameraGeometry
from ..clocks import TimedView, at_times, in_take, interval, take_times
from ..view import View
from .averages import ViewEvidence, average, plain_average, robust_factors, trust
from .best_view import HANDS, HEAD, PosedView, face_shares, hand_shares, heads_turned
from .hips import Place, place
from .weights import ramped, shares, smooth

Array = NDArray[np.float64]

FADE: Final = 0.2
"""Seconds of a cross-fade between views."""

_BODY: Final = np.array([i for i, name in enumerate(JOINTS) if "Hand" not in name or name.endswith("Hand")])
"""The joints but those of fingers."""
_FINGERS: Final = np.array([[i for i, n in enumerate(JOINTS) if n.startswith(f"{s}Hand") and not n.endswith("Hand")]
                            for s in ("Left", "Right")])  # fmt: skip
_PARENTS: Final = np.array(PARENTS)

# Measured on 28 November 2026 on 34 rendered clips, of which many are dark, blurred or seen from behind: the errors of
# single views in the picture, towards the camera and about the limb itself are 8, 12 and 20 degrees for upper arms that
# lie in the picture (confidence 0.58), 4, 10 and 12 for thighs (0.77); 22, 32 and 24, or 18, 30 and 45, for those that
# point at the camera. The numbers below were chosen on 11 clips of two or three cameras: errors towards the camera last
# for long, so they count for more than their size. Limbs are off by 8.8 degrees then, by 10.3 with the errors as
# measured, and by 13 in single views.
_CERTAIN: Final = radians(5.0)
_UNCERTAIN: Final = radians(45.0)
"""Error that a confidence of 1 leaves, and what one of 0 adds."""
_SIDEWAYS: Final = (0.35, 0.3)
"""Part of the error that is in the picture, for a limb that lies in it, and what is added for one along the lens."""
_TOWARDS: Final = (1.6, 0.3)
"""Likewise towards the camera."""
_TWISTED: Final = (0.85, 0.2)
"""Likewise about the limb itself."""

_STEADY: Final = 5
"""Times the cross-fade over which views are compared that contradict each other."""
_BLOCK: Final = 1024
"""Frames that are computed at once."""


@dataclass(frozen=True)
class Blend:
    """What the views of a person come to.

    Attributes:
        motion: in the take's axes and clock, of the body's proportions; the root is where the cameras see it.
        scale: size of the person relative to the body, in the unit of the cameras' positions.
    """

    motion: BodyMotion
    scale: float


def blended(views: Sequence[View | None], cameras: Sequence[CameraGeometry], body: Body | None = None) -> Blend:
    """Return what one person did, from what each camera's view of them was solved to.

    Args:
        views: of each camera; None for one that does not see the person. One at least is not None.
        cameras: as many.
        body: the body of the views' motions; the neutral one unless given.

    Raises:
        ValueError: no camera sees the person.
    """
    body = body or neutral_body()
    pairs = [(view, camera) for view, camera in zip(views, cameras, strict=True) if view is not None and len(view.time)]
    if not pairs:
        raise ValueError("no camera sees the person")
    time = take_times([in_take(view.time, camera) for view, camera in pairs])
    step = interval(time)
    fade = int(np.ceil(0.5 * FADE / step)) if step else 0
    timed = [at_times(view, camera, time) for view, camera in pairs]
    where = place(timed, [camera for _, camera in pairs], time, fade)
    views_posed = [
        _posed(view, camera, where, scale, body)
        for view, (_, camera), scale in zip(timed, pairs, where.scales, strict=True)
    ]
    in_hands = hand_shares(views_posed, body, fade)
    turns = _averaged(views_posed, in_hands, body, fade)
    rotations = _parent_relative(turns)
    for hand, joints in enumerate(_FINGERS):
        own = np.stack([view.rotations[:, joints] for view in timed])
        rotations[:, joints] = plain_average(own, np.repeat(in_hands[..., hand, None], len(joints), axis=-1))
    expressions, eyes = _face(timed, face_shares(views_posed, turns[:, HEAD], fade))
    motion = BodyMotion(
        time=time,
        rotations=rot.continuous(rotations),
        root=where.root,
        shape=_shape([view.motion for view, _ in pairs]),
        confidence=np.max([view.confidence for view in timed], axis=0),
        expressions=expressions,
        eyes=eyes,
        verticals=tuple(
            dict.fromkeys(each for view, camera in pairs for each in turned_verticals(view.motion, camera))
        ),
    )
    return Blend(motion, where.scale)


def turned_verticals(motion: BodyMotion, camera: CameraGeometry) -> tuple[Vertical, ...]:
    """Return what a camera shows of the vertical, in the take's axes."""
    turn = np.array(camera.rotation)
    ups = [(each, rot.rotate(turn, np.array(each.up)).tolist()) for each in motion.verticals]
    return tuple(Vertical(each.source, (up[0], up[1], up[2]), each.doubt) for each, up in ups)


def _posed(view: TimedView, camera: CameraGeometry, where: Place, scale: float, body: Body) -> PosedView:
    """Return a view with the directions in which its camera sees the joints."""
    # What is near matters, not where exactly: each view's own pose at its own distance will do.
    root = np.where(np.isfinite(view.root), view.root * scale, where.root - np.array(camera.position))
    root = np.nan_to_num(root, nan=1.0)
    turns, sights = np.empty_like(view.rotations), np.empty((*view.rotations.shape[:2], 3))
    for block in _blocks(len(root)):
        turns[block] = body.globals(view.rotations[block])
        sights[block] = np.nan_to_num(rot.unit(body.positions(view.rotations[block], root[block])))
    return PosedView(view, camera, turns, sights)


def _blocks(count: int) -> list[slice]:
    """Return slices of so many frames, so that what is computed on the way does not grow with them."""
    return [slice(start, start + _BLOCK) for start in range(0, count, _BLOCK)]


def _averaged(views: list[PosedView], in_hands: Array, body: Body, fade: int) -> Array:
    """Return the global rotations (n, 52, 4), of which those of fingers are of no use.

    `in_hands` (views, n, 2) are the shares of views in the hands.
    """
    result = views[0].turns.copy()
    if len(views) == 1:
        return result
    confidences = [smooth(view.seen.confidence[:, _BODY], fade) for view in views]
    counted = shares(np.stack([ramped(view.seen.confidence[:, _BODY] >= SEEN, fade) for view in views]))
    hands, head = np.searchsorted(_BODY, HANDS), int(np.searchsorted(_BODY, HEAD))
    counted[..., hands] *= in_hands
    counted[..., head] *= heads_turned(views, fade)
    factors, sure = np.empty_like(counted), np.empty_like(counted)
    blocks = _blocks(len(result))
    for block in blocks:
        sure[:, block] = trust(_evidence(views, confidences, body, block))
    sure = np.stack([smooth(each, _STEADY * fade) + each.mean(axis=0) for each in sure * counted])
    for block in blocks:
        evidence = _evidence(views, confidences, body, block)
        factors[:, block] = robust_factors(evidence, counted[:, block], sure[:, block])
    counted *= np.stack([smooth(each, fade) for each in factors])
    plain = np.empty((len(result), len(_BODY), 4))
    added = np.empty((len(result), len(_BODY), 3))
    for block in blocks:
        evidence = _evidence(views, confidences, body, block)
        sure_of = _certainty(np.stack([each[block] for each in confidences]))
        plain[block] = plain_average(np.stack([each.rotations for each in evidence]), counted[:, block] * sure_of)
        found = average(evidence, counted[:, block])
        added[block] = rot.to_vector(rot.multiply(found, rot.conjugate(plain[block])))
    # Where lines of sight say little, what they add jumps; motion is in the plain average already, so it may be slow.
    added = smooth(added, fade)
    for block in blocks:
        result[block, _BODY] = rot.multiply(rot.from_vector(added[block]), plain[block])
    return result


def _evidence(views: list[PosedView], confidences: list[Array], body: Body, block: slice) -> list[ViewEvidence]:
    limbs = (body.ends - body.rest)[_BODY]
    result = []
    for view, confidence in zip(views, confidences, strict=True):
        turns = view.turns[block, _BODY]
        along = rot.unit(rot.rotate(turns, limbs))
        result.append(ViewEvidence(turns, information(along, view.sights[block, _BODY], confidence[block])))
    return result


def _certainty(confidence: Array) -> Array:
    """Return the inverse square of the errors that a confidence means, in radians."""
    return 1.0 / np.square(_CERTAIN + _UNCERTAIN * (1.0 - confidence))


def information(limb: Array, sight: Array, confidence: Array) -> Array:
    """Return the inverse covariance (..., 3, 3) of a view's errors of rotation, as rotation vectors in radians.

    Args:
        limb: (..., 3) unit vectors along the bones.
        sight: (..., 3) unit vectors from the camera to them.
        confidence: (...) 0..1.
    """
    along = (limb * sight).sum(axis=-1)
    certainty = _certainty(confidence)
    sideways, towards, twisted = (
        certainty / np.square(least + more * along * along) for least, more in (_SIDEWAYS, _TOWARDS, _TWISTED)
    )
    # About the line of sight, as far as it is across the limb, the limb turns within the picture.
    across = sight - along[..., None] * limb
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-6)
    result = towards[..., None, None] * np.eye(3)
    result += (sideways - towards)[..., None, None] * (across[..., :, None] * across[..., None, :])
    result += (twisted - towards)[..., None, None] * (limb[..., :, None] * limb[..., None, :])
    return np.asarray(result)


def _face(views: list[TimedView], weights: Array) -> tuple[Array, Array]:
    """Return the expressions (n, 52) and eyes (n, 2, 4) of views with shares (views, n); NaN where none knows any."""
    values = np.stack([view.expressions for view in views])
    known = np.isfinite(values).all(axis=-1) * weights
    total = known.sum(axis=0)[:, None]
    mixed = np.einsum("vn,vne->ne", known, np.nan_to_num(values))
    expressions = np.where(total > 0.0, mixed / np.where(total > 0.0, total, 1.0), np.nan)
    if not np.isfinite(expressions).any():
        expressions = np.full((len(values[0]), len(EXPRESSIONS)), np.nan)
    eyes = np.stack([view.eyes for view in views])
    return expressions, plain_average(eyes, np.repeat(weights[..., None], 2, axis=-1))


def _parent_relative(turns: Array) -> Array:
    """Return the rotations (n, 52, 4) relative to the parents, of global ones (n, 52, 4)."""
    result = np.empty_like(turns)
    for block in _blocks(len(turns)):
        result[block] = rot.multiply(rot.conjugate(turns[block][:, _PARENTS]), turns[block])
    result[:, 0] = turns[:, 0]
    return result


def _shape(motions: Sequence[BodyMotion]) -> Array:
    """Return the mean shape of motions, those without any left out; empty if none has one."""
    known = [motion.shape for motion in motions if len(motion.shape)]
    return np.mean(known, axis=0) if known else np.empty(0)

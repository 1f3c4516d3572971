# SPDX-License-Identifier: GPL-3.0-or-later
"""Sides that one of several cameras exchanges: what it mends by itself, and what the others settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve.cameras.clocks import in_take
from ....pipeline.solve.cameras.exchanges.exchanged import exchanged_view
from ....pipeline.solve.cameras.exchanges.settle import settled
from ....pipeline.solve.cameras.view import View
from ....pipeline.solve.cameras.views import view_of
from ....pipeline.solve.sides.exchange import Exchange
from ....pipeline.takes.geometry import CameraGeometry
from ....pipeline.takes.take import Take
from . import metrics
from .camera_scores import Filmed, true_pixels
from .exchanges import Mending, mending, shown, trunk_size
from .people_scores import NOBODY
from .side_scores import injected_states

Array = NDArray[np.float64]

_SAME: Final = 1e-3
"""Pixels up to which points are the same."""


@dataclass(frozen=True)
class SidesScore:
    """Exchanged sides of what one camera saw of the first person.

    Attributes:
        alone: frames as found, and after mending by this camera alone.
        settled: frames after that, and after the other cameras settled it.
        whole: whole bodies exchanged on purpose in this camera only, while another films, and what is left after the
            others settled it.
        limbs: likewise, arms or legs alone.
    """

    alone: Mending
    settled: Mending
    whole: Mending
    limbs: Mending


def score_sides(take: Take, filmed: Filmed, cameras: Sequence[CameraGeometry]) -> tuple[SidesScore, ...]:
    """Score the sides of the only person of a take in each camera; nothing if a camera does not see them."""
    numbers = [camera.people[0] if camera.people else NOBODY for camera in cameras]
    if NOBODY in numbers or len(filmed.cameras.body) > 1:
        return ()
    takes = [take.camera(number) for number in range(len(cameras))]
    views = [view_of(each, number) for each, number in zip(takes, numbers, strict=True)]
    after, _ = settled(views, cameras)
    scores = []
    for camera, view in enumerate(views):
        true = true_pixels(filmed.views[camera])[0]
        found = takes[camera].track(person=numbers[camera], as_found=True).pose_image
        size, seen = trunk_size(true), np.isfinite(found).all(axis=(1, 2))
        raw, alone, both = (shown(each, true, size) for each in (found, _image(view), _image(after[camera])))
        whole, limbs = on_purpose(views, cameras, camera, after[camera], seen & _shared(views, cameras, camera))
        scores.append(SidesScore(mending(raw, alone, seen), mending(alone, both, seen), whole, limbs))
    return tuple(scores)


def on_purpose(
    views: Sequence[View], cameras: Sequence[CameraGeometry], camera: int, after: View, seen: NDArray[np.bool_]
) -> tuple[Mending, Mending]:
    """Exchange sides of one view on purpose, and count the frames before and after the others settled it.

    Args:
        views: what each camera saw.
        cameras: their geometry.
        camera: in which of them sides are exchanged.
        after: its view as it is settled without that.
        seen: (n,) its frames with a person during which another camera films.

    Returns:
        Those of whole bodies, and of arms or legs alone; frames that are made wrong count for the former.
    """
    states = injected_states(len(seen))
    changed = [exchanged_view(view, states) if k == camera else view for k, view in enumerate(views)]
    mended = settled(changed, cameras)[0][camera]
    off = np.abs(mended.pixels - after.pixels)[:, metrics.POINTS].max(axis=-1)
    wrong = np.nan_to_num(off).max(axis=1) > _SAME
    whole, made = states == Exchange.WHOLE, states != Exchange.NONE
    frames, spoilt = int(seen.sum()), int((~made & wrong & seen).sum())
    kinds = ((whole & seen, spoilt), (made & ~whole & seen, 0))
    counted = [Mending(frames, int(each.sum()), int((each & wrong).sum()), count) for each, count in kinds]
    return counted[0], counted[1]


def _shared(views: Sequence[View], cameras: Sequence[CameraGeometry], camera: int) -> NDArray[np.bool_]:
    """Return the frames (n,) of a view during which another camera films."""
    times = [in_take(view.time, each) for view, each in zip(views, cameras, strict=True)]
    others = [time for number, time in enumerate(times) if number != camera]
    own = times[camera]
    return np.asarray(np.any([(own >= time[0]) & (own <= time[-1]) for time in others], axis=0))


def _image(view: View) -> Array:
    """Return a view's points of the body (n, 33, 2) in px from the upper left corner."""
    return view.pixels[:, :33] + 0.5 * np.array(view.size)

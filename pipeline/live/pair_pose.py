# SPDX-License-Identifier: GPL-3.0-or-later
"""One performer as two cameras see them: like a view of a single camera, until the cameras are known."""

from ...models.body.motion import BodyMotion
from ..landmarks.data import Landmarks
from .cameras import LiveCameras, Pair
from .fusing import Fuser
from .view import LiveView, SeenPose


class PairPose:
    """Puts together what two cameras show of one performer. Used in the worker's thread.

    Args:
        cameras: both cameras, which all performers share.
        view: solves what the second one sees.
        leads: whether the cameras are found from this performer.
    """

    def __init__(self, cameras: LiveCameras, view: LiveView, *, leads: bool) -> None:
        self._cameras, self._view, self._leads = cameras, view, leads
        self._pair: Pair | None = None
        self._fuser: Fuser | None = None

    def frame(self, first: SeenPose, beside: Landmarks | None) -> BodyMotion:
        """Return the motion of a frame, in the first camera's axes.

        Args:
            first: what the first camera shows.
            beside: the performer's landmarks in the second, as found, with times by the first one's clock; None if it
                has no frame of this moment.
        """
        second = None if beside is None else self._view.frame(beside)
        if self._leads:
            self._cameras.observe(first, second)
        if self._cameras.cameras is not self._pair:
            self._pair = self._cameras.cameras
            self._fuser = None if self._pair is None else Fuser(self._pair)
        motion = None if self._fuser is None else self._fuser.frame(first.landmarks.time, (first, second))
        return first.motion if motion is None else motion

    def reset(self) -> None:
        """Forget the performer: the next landmarks are somebody else's."""
        self._view.reset()
        if self._fuser is not None:
            self._fuser.reset()

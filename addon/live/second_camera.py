# SPDX-License-Identifier: GPL-3.0-or-later
"""The second camera of a live session, on Blender's main thread: what the panel says of it, and what it is told."""

from collections.abc import Callable

from ...pipeline.live.cameras import CamerasState, LiveCameras, Stage
from ...pipeline.live.pair import PairReader
from ..notices import Notices, Topic


class SecondCamera:
    """Watches the second camera of a session. `step` is called from the session's timer.

    Args:
        reader: reads both.
        cameras: how they stand to each other.
        notices: where it is said how well they were found, and why one is not used.
    """

    def __init__(self, reader: PairReader, cameras: LiveCameras, notices: Notices) -> None:
        self._reader, self._cameras, self._notices = reader, cameras, notices
        self._said: set[str] = set()

    @property
    def opening(self) -> bool:
        """Whether the second camera is not open yet."""
        return self._reader.second.info is None

    @property
    def alone(self) -> int:
        """Number, from 1, of the camera that goes on alone as the other one has stopped; 0 if none does."""
        return 1 if self._reader.second.done else 2 if self._reader.first.done else 0

    @property
    def state(self) -> CamerasState:
        """How far the cameras are known."""
        return self._cameras.state

    def step(self) -> None:
        """Tell the reader what is known of the cameras, and the user what has changed."""
        self._reader.lag = self._cameras.lag
        self._reader.stand_in = self._cameras.cameras is not None
        state = self._cameras.state
        if state.stage is Stage.FOUND:
            self._tell(state.said, self._notices.set_info)
        elif state.stage is Stage.FAILED:
            self._tell(f"{state.said} Camera 1 is used alone until then.", self._notices.set_info)
        for number, each in enumerate((self._reader.first, self._reader.second), start=1):
            if each.done and (number == 2 or self._reader.stand_in):
                why = str(each.task.fault or each.warning or f"Camera {number} has ended.")
                self._tell(f"{why} Camera {3 - number} goes on alone.", self._notices.set_error)

    def start_over(self) -> None:
        """Find the cameras anew, as after one was moved."""
        self._said.clear()
        self._notices.clear("live")
        self._cameras.start_over()

    def _tell(self, sentence: str, say: Callable[[Topic, str], None]) -> None:
        """Say a sentence in the panel, once."""
        if sentence and sentence not in self._said:
            self._said.add(sentence)
            say("live", sentence)

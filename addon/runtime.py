# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of Mimic in Blender while it is enabled: one object, from `register` to `unregister`.

No other module of the add-on has mutable state; they get it from `runtime()`.
"""

from contextlib import ExitStack
from pathlib import Path

from .bone_map.fits import Fits
from .errors import NotEnabled
from .face.faces import Faces
from .jobs import Jobs
from .live.preview import Preview
from .live.session import JOIN_SECONDS, Session
from .live.sessions import Sessions
from .notices import Notices
from .sources.media import Media
from .timer import Timer


class Runtime:
    """The state of the add-on.

    Attributes:
        notices: errors and notices in the panel.
        fits: cache of how well armatures fit.
        faces: cache of what of characters' faces moves.
        media: cache of what is known of video files.
        jobs: background jobs.
        sessions: the live session, and those that are ending.
        preview: the camera's picture in the viewport.
        timer: advances sessions and jobs; owns the application handlers.
        takes_read: whether the list of takes was read since Mimic was enabled; Blender keeps the list itself longer.
        registered: unregisters everything from Blender when closed.
    """

    def __init__(self) -> None:
        self.notices = Notices()
        self.fits = Fits()
        self.faces = Faces()
        self.media = Media()
        self.jobs = Jobs(self.notices)
        self.sessions = Sessions(self.notices)
        self.preview = Preview(self.sessions)
        self.timer = Timer(self.sessions, self.jobs, self.preview)
        self.takes_read = False
        self.registered = ExitStack()

    @property
    def session(self) -> Session | None:
        """The running live session, or None."""
        return self.sessions.current

    @property
    def coming_takes(self) -> set[Path]:
        """Files of requested takes that are not finished yet, from recordings and from videos to be baked."""
        return self.sessions.paths | self.jobs.paths

    def close(self) -> None:
        """Stop timer, jobs and sessions, and wait a few seconds at most for their threads."""
        with ExitStack() as steps:  # each step runs even if an earlier one fails
            steps.callback(self.timer.close)
            steps.callback(self.jobs.close, JOIN_SECONDS)
            steps.callback(self.sessions.close)


_runtime: Runtime | None = None
"""The only module-level state of the add-on; set by `attach` and `detach` alone."""


def runtime() -> Runtime:
    """Return the state of Mimic while it is enabled.

    Raises:
        NotEnabled: Mimic is not enabled.
    """
    if _runtime is None:
        raise NotEnabled("Mimic is not enabled in this Blender: enable it in Preferences > Add-ons.")
    return _runtime


def attached() -> Runtime | None:
    """Return the state of Mimic; None while it is not enabled."""
    return _runtime


def attach() -> Runtime:
    """Create the state when Mimic is enabled."""
    global _runtime  # noqa: PLW0603
    _runtime = Runtime()
    return _runtime


def detach() -> None:
    """Drop the state when Mimic is disabled."""
    global _runtime  # noqa: PLW0603
    _runtime = None

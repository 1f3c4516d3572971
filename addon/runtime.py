# SPDX-License-Identifier: GPL-3.0-or-later
"""All that Mimic remembers in Blender while it is enabled: one object, from `register` to `unregister`.

No other module of the add-on keeps anything that changes. Whoever needs something of it asks `runtime()`.
"""

from contextlib import ExitStack
from pathlib import Path

from .bone_map.fits import Fits
from .errors import NotEnabled
from .jobs import Jobs
from .live.preview import Preview
from .live.session import JOIN_SECONDS, Session
from .live.sessions import Sessions
from .notices import Notices
from .timer import Timer


class Runtime:
    """What runs, and what is remembered.

    Attributes:
        notices: sentences in the panel.
        fits: how well armatures fit, as it was last worked out.
        jobs: long work beside Blender.
        sessions: the live session, and those that are ending.
        preview: the camera's picture in the viewport.
        timer: lets all of them go on; holds the handlers that Blender calls.
        takes_read: whether the list of takes was read since Mimic was enabled; Blender keeps the list itself longer.
        registered: takes what was registered with Blender out of it again, when it is closed.
    """

    def __init__(self) -> None:
        self.notices = Notices()
        self.fits = Fits()
        self.jobs = Jobs(self.notices)
        self.sessions = Sessions(self.notices)
        self.preview = Preview(self.sessions)
        self.timer = Timer(self.sessions, self.jobs, self.preview)
        self.takes_read = False
        self.registered = ExitStack()

    @property
    def session(self) -> Session | None:
        """The live session that runs, if one does."""
        return self.sessions.current

    @property
    def coming_takes(self) -> set[Path]:
        """Files of takes that are asked for and not done yet: of recordings, and of videos to be baked."""
        return self.sessions.paths | self.jobs.paths

    def close(self) -> None:
        """Stop all that runs, and wait for its threads, a few seconds at most; take timer and handlers out."""
        with ExitStack() as steps:  # each is done whatever becomes of those before it
            steps.callback(self.timer.close)
            steps.callback(self.jobs.close, JOIN_SECONDS)
            steps.callback(self.sessions.close)


_runtime: Runtime | None = None
"""The one thing of the add-on that a module holds; `attach` and `detach` alone change it."""


def runtime() -> Runtime:
    """What Mimic remembers while it is enabled.

    Raises:
        NotEnabled: it is not.
    """
    if _runtime is None:
        raise NotEnabled("Mimic is not enabled in this Blender: enable it in Preferences, Add-ons.")
    return _runtime


def attached() -> Runtime | None:
    """The same; None while Mimic is not enabled."""
    return _runtime


def attach() -> Runtime:
    """Begin to remember: Mimic is being enabled."""
    global _runtime  # noqa: PLW0603
    _runtime = Runtime()
    return _runtime


def detach() -> None:
    """Forget everything: Mimic is disabled."""
    global _runtime  # noqa: PLW0603
    _runtime = None

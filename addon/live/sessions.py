# SPDX-License-Identifier: GPL-3.0-or-later
"""The running live session, and stopped ones whose threads are still ending."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy

from ...errors import MimicError
from ..errors import NoSession, SessionRuns
from ..notices import Notices
from .session import Session, SessionSettings

_logger: Final = logging.getLogger(__name__)


class Sessions:
    """Manages one session at a time, from its start to the end of its threads. Runs on Blender's main thread.

    Args:
        notices: where the reason for the end of a session is reported.

    Attributes:
        current: the running session, or None.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self.current: Session | None = None
        self._ending: list[Session] = []

    def required(self) -> Session:
        """Return the running session.

        Raises:
            NoSession: none is running.
        """
        if self.current is None:
            raise NoSession("No live session is running: start one first.")
        return self.current

    @property
    def paths(self) -> set[Path]:
        """Files of requested takes that are not closed yet; they need not exist yet."""
        sessions = self._ending if self.current is None else [*self._ending, self.current]
        return {path for session in sessions for path in session.recording.paths}

    def start(self, armatures: Sequence[bpy.types.Object], settings: SessionSettings) -> Session:
        """Start a session that animates an armature for each performer.

        Raises:
            SessionRuns, NoArmature, RigUnmapped, ArmatureLocked, CamerasSame.
        """
        if self.current is not None:
            raise SessionRuns(f'A live session is already running with "{self.current.target.name}": stop it first.')
        self._notices.clear("live")
        before = self._ending[-1].reader if self._ending else None
        session = self.current = Session(armatures, settings, notices=self._notices, before=before)
        if session.warnings:
            self._notices.set_info("live", " ".join(session.warnings))
        return session

    def stop(self, because: str = "") -> None:
        """End the running session, if any, without waiting for its threads; show `because` in the panel as an error."""
        session = self.current
        if session is None:
            return
        self.current = None
        self._ending.append(session)
        session.stop()
        self._notices.clear("live")
        if because:
            self._notices.set_error("live", because)

    def leave_file(self) -> None:
        """End the session before another file is opened. Takes are closed and listed, but not baked in that file."""
        if self.current is not None:
            self.stop("Another file was opened, so the session ended: start it again.")
        for session in self._ending:
            session.recording.leave_scene()

    def tick(self) -> bool:
        """Advance the session, or end it with an error message; return whether there is more to do."""
        if self.current is not None:
            try:
                self.current.step()
            except MimicError as fault:
                self.stop(str(fault))
            except Exception:
                _logger.exception("The live session met a bug")
                self.stop("A bug in Mimic ended the session: the traceback is in the system console.")
        for session in list(self._ending):
            # Its recording may still have to be closed and then used.
            over = session.worker.task.done and session.reader.done
            used = self._use_takes(session)
            if over and used:
                self._ending.remove(session)
        return self.current is not None or bool(self._ending)

    def _use_takes(self, session: Session) -> bool:
        """Hand over takes of an ending session, each once; return whether all succeeded."""
        try:
            session.recording.step()
            return True
        except MimicError as fault:
            self._notices.set_error("record", str(fault))
        except Exception:
            _logger.exception("A take could not be used")
            self._notices.set_error(
                "record", "A bug in Mimic kept this take from being used: the traceback is in the system console."
            )
        return False

    def close(self) -> None:
        """End the session and wait a few seconds at most for its threads, when Mimic is disabled."""
        self.stop()
        while self._ending:
            self._ending.pop().join()

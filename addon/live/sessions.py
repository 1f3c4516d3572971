# SPDX-License-Identifier: GPL-3.0-or-later
"""The live session that runs, and those that were stopped and whose threads are still ending."""

import bpy

from ...errors import MimicError
from ..errors import NoSession, SessionRuns
from ..notices import Notices
from .session import Session, SessionSettings


class Sessions:
    """One session at a time, from start to the end of its threads. All on Blender's thread.

    Args:
        notices: where it is said why a session ended.

    Attributes:
        current: the session that runs, if one does.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self.current: Session | None = None
        self._ending: list[Session] = []

    def required(self) -> Session:
        """The session that runs.

        Raises:
            NoSession: none does.
        """
        if self.current is None:
            raise NoSession("No live session runs: start one first.")
        return self.current

    def start(self, armature: bpy.types.Object, settings: SessionSettings) -> Session:
        """Begin to move an armature.

        Raises:
            SessionRuns, NoArmature, RigUnmapped, ArmatureLocked.
        """
        if self.current is not None:
            raise SessionRuns(f'A live session moves "{self.current.target.name}" already: stop it first.')
        self._notices.clear("live")
        before = self._ending[-1].reader if self._ending else None
        session = self.current = Session(armature, settings, notices=self._notices, before=before)
        warnings = session.target.warnings()
        if warnings:
            self._notices.set_info("live", " ".join(warnings))
        return session

    def stop(self, because: str = "") -> None:
        """End the session, if one runs, without waiting for its threads; `because` stays in the panel."""
        session = self.current
        if session is None:
            return
        self.current = None
        self._ending.append(session)
        session.stop()
        self._notices.clear("live")
        if because:
            self._notices.set_error("live", because)

    def tick(self) -> bool:
        """Go on with the session, or end it with a sentence. Says whether there is more to do."""
        if self.current is not None:
            try:
                self.current.step()
            except MimicError as fault:
                self.stop(str(fault))
        for session in list(self._ending):
            # Its recording may still have to be closed, and then to be used.
            over = session.worker.task.done and session.reader.task.done
            session.recording.step()
            if over:
                self._ending.remove(session)
        return self.current is not None or bool(self._ending)

    def close(self) -> None:
        """End the session and wait for its threads, a few seconds at most: Mimic is being disabled."""
        self.stop()
        while self._ending:
            self._ending.pop().join()

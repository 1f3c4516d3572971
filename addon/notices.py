# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors and notices that stay in the panel until they are resolved or dismissed."""

from typing import Literal

Topic = Literal["map", "face", "live", "record", "bake", "takes"]


class Notices:
    """At most one error and one notice for each topic."""

    def __init__(self) -> None:
        self._errors: dict[Topic, str] = {}
        self._infos: dict[Topic, str] = {}

    def set_error(self, topic: Topic, sentence: str) -> None:
        """Set the error of a topic, replacing the previous one."""
        self._errors[topic] = sentence

    def set_info(self, topic: Topic, sentence: str) -> None:
        """Set the notice of a topic, replacing the previous one."""
        self._infos[topic] = sentence

    def clear(self, topic: Topic | None = None) -> None:
        """Remove error and notice of a topic, or of all topics."""
        for sentences in (self._errors, self._infos):
            if topic is None:
                sentences.clear()
            else:
                sentences.pop(topic, None)

    def error(self, topic: Topic) -> str:
        """Return the error of a topic, or an empty string."""
        return self._errors.get(topic, "")

    def info(self, topic: Topic) -> str:
        """Return the notice of a topic, or an empty string."""
        return self._infos.get(topic, "")

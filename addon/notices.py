# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that stay in the panel until what they tell of is put right."""

from typing import Literal

Topic = Literal["map", "live", "record", "bake", "takes"]


class Notices:
    """Of each topic what is wrong with it, and what is worth knowing of it: one sentence each."""

    def __init__(self) -> None:
        self._errors: dict[Topic, str] = {}
        self._infos: dict[Topic, str] = {}

    def set_error(self, topic: Topic, sentence: str) -> None:
        """Show what is wrong with something, in place of what was wrong with it before."""
        self._errors[topic] = sentence

    def set_info(self, topic: Topic, sentence: str) -> None:
        """Show what is worth knowing of something."""
        self._infos[topic] = sentence

    def clear(self, topic: Topic | None = None) -> None:
        """Take the sentences of a topic away, or all of them: it works, or is being tried anew."""
        for sentences in (self._errors, self._infos):
            if topic is None:
                sentences.clear()
            else:
                sentences.pop(topic, None)

    def error(self, topic: Topic) -> str:
        """What is wrong with something; empty if nothing is known to be."""
        return self._errors.get(topic, "")

    def info(self, topic: Topic) -> str:
        """What is worth knowing of something; empty if nothing."""
        return self._infos.get(topic, "")

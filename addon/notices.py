# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that stay in the panel until what they tell of is put right."""

from typing import Final, Literal

Topic = Literal["map", "live", "record", "bake", "takes"]

_errors: Final[dict[Topic, str]] = {}
_infos: Final[dict[Topic, str]] = {}


def set_error(topic: Topic, sentence: str) -> None:
    """Show what is wrong with something, in place of what was wrong with it before."""
    _errors[topic] = sentence


def set_info(topic: Topic, sentence: str) -> None:
    """Show what is worth knowing of something."""
    _infos[topic] = sentence


def clear(topic: Topic | None = None) -> None:
    """Take the sentences of a topic away, or all of them: it works, or is being tried anew."""
    for sentences in (_errors, _infos):
        if topic is None:
            sentences.clear()
        else:
            sentences.pop(topic, None)


def error(topic: Topic) -> str:
    """What is wrong with something; empty if nothing is known to be."""
    return _errors.get(topic, "")


def info(topic: Topic) -> str:
    """What is worth knowing of something; empty if nothing."""
    return _infos.get(topic, "")

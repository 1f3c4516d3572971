# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that stay in the panel until what they tell of is put right."""

from typing import Final, Literal

Topic = Literal["map", "live", "record", "bake", "takes"]

_problems: Final[dict[Topic, str]] = {}
_remarks: Final[dict[Topic, str]] = {}


def complain(topic: Topic, sentence: str) -> None:
    """Show what is wrong with something, in place of what was wrong with it before."""
    _problems[topic] = sentence


def remark(topic: Topic, sentence: str) -> None:
    """Show what is worth knowing of something."""
    _remarks[topic] = sentence


def settle(topic: Topic | None = None) -> None:
    """Take the sentences of a topic away, or all of them: it works, or is being tried anew."""
    for sentences in (_problems, _remarks):
        if topic is None:
            sentences.clear()
        else:
            sentences.pop(topic, None)


def problem(topic: Topic) -> str:
    """What is wrong with something; empty if nothing is known to be."""
    return _problems.get(topic, "")


def remarked(topic: Topic) -> str:
    """What is worth knowing of something; empty if nothing."""
    return _remarks.get(topic, "")

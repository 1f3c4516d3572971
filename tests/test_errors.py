# SPDX-License-Identifier: GPL-3.0-or-later
"""What all errors share."""

import pytest

from mimic.errors import listed


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "a", "a"], "a"),
        (["a", "b", "a"], "a, b and a"),
    ],
)
def test_texts_are_listed_as_in_a_sentence_and_once_if_all_are_the_same(texts: list[str], said: str) -> None:
    assert listed(texts) == said

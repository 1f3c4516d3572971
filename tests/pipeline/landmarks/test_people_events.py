# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to people, in words: they are counted from 1, as in overlays and in the panel."""

import pytest

from mimic.pipeline.landmarks.people import events
from mimic.pipeline.landmarks.people.events import Event


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (events.appeared(1.6, 1), "Person 2 appears at 1.6 s."),
        (events.returned(4.0, 0, 2.0), "Person 1 is back at 4.0 s, after being out of sight since 2.0 s."),
        (events.taken_for(4.0, 0, 2.0), "At 4.0 s person 1, out of sight since 2.0 s, is taken to be whoever"),
        (events.chosen(1.0, 2), "At 1.0 s person 3 was chosen and is person 1 from then on."),
        (events.chosen(1.0, None), "At 1.0 s somebody who was not followed was chosen and is person 1 from then on."),
        (
            events.still(5.0, 1, (640.2, 360.0)),
            "Something that looks like a person never moves (a picture or a screen at 640,360?): it is not followed as "
            "person 2. If",
        ),
        (
            events.still(5.0, 0, (640.2, 360.0), 1),
            "Something that looks like a person never moves (a picture or a screen at 640,360?): it is not followed as "
            "person 1, and person 2 is person 1. If",
        ),
    ],
)
def test_event_counts_people_from_one(event: Event, said: str) -> None:
    assert event.sentence.startswith(said)

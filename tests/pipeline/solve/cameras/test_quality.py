# SPDX-License-Identifier: GPL-3.0-or-later
"""The words for how well cameras were found."""

from dataclasses import replace

import pytest

from mimic.pipeline.solve.cameras.geometry.quality import CameraQuality, CamerasQuality

_GOOD = CameraQuality(angle=70.0, residual=3.14, fraction=0.006, field_of_view=62.0, assumed=65.0, doubt=1.0)


@pytest.mark.parametrize(
    ("camera", "grade"),
    [
        (_GOOD, "good"),
        (replace(_GOOD, angle=25.0), "fair"),
        (replace(_GOOD, angle=12.0), "poor"),
        (replace(_GOOD, angle=170.0), "poor"),
        (replace(_GOOD, doubt=5.0), "fair"),
        (replace(_GOOD, fraction=0.03), "poor"),
    ],
)
def test_grade_tells_of_angle_residual_and_doubt(camera, grade):
    assert CamerasQuality((replace(camera, doubt=0.0), camera), 150).grade == grade


def test_summary_is_one_sentence_with_the_numbers_of_each_camera():
    quality = CamerasQuality((_GOOD, replace(_GOOD, residual=4.0), replace(_GOOD, angle=100.0)), 150)
    assert quality.summary == (
        "The cameras were found from 150 moments (good): they look from 70 and 100 degrees apart, landmarks agree "
        "within 3.1, 4.0 and 3.1 pixels (0.6 % of the person's height), and their fields of view are 62 degrees."
    )

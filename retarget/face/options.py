# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the face: how strongly expressions move a character."""

from dataclasses import dataclass

from ...models.body.expressions import FaceRegion
from ..motion.option_table import check, number, switch


def _strength(label: str, parts: str) -> float:
    return number(
        1.0, label, f"Strength of expressions of {parts}; 1 as captured", minimum=0.0, maximum=3.0, unit="factor"
    )


def _threshold(label: str, parts: str) -> float:
    return number(
        0.0,
        label,
        f"Ignore expressions of {parts} that are weaker than this, so that a face at rest stays still",
        minimum=0.0,
        maximum=0.5,
        unit="factor",
    )


@dataclass(frozen=True)
class FaceOptions:
    """How expressions move a character's face.

    Raises:
        InvalidOption: an option has an invalid value.
    """

    expressions: bool = switch(
        True,
        "Expressions",
        "Animate the character's face: its shape keys and the bones of eyes and jaw",
        without="leave the character's face as it is",
    )
    expression_strength: float = number(
        1.0, "Strength", "Strength of all expressions; 1 as captured", minimum=0.0, maximum=3.0, unit="factor"
    )
    strength_brows: float = _strength("Brows", "the brows")
    strength_eyes: float = _strength("Eyes", "the eyes")
    strength_mouth: float = _strength("Mouth", "mouth, cheeks and nose")
    strength_jaw: float = _strength("Jaw", "jaw and tongue")
    threshold_brows: float = _threshold("Brow Threshold", "the brows")
    threshold_eyes: float = _threshold("Eye Threshold", "the eyes")
    threshold_mouth: float = _threshold("Mouth Threshold", "mouth, cheeks and nose")
    threshold_jaw: float = _threshold("Jaw Threshold", "jaw and tongue")

    def __post_init__(self) -> None:
        check(self)

    def gain(self, region: FaceRegion) -> float:
        """Return the strength of a region, all in all."""
        own: dict[FaceRegion, float] = {
            "brows": self.strength_brows,
            "eyes": self.strength_eyes,
            "mouth": self.strength_mouth,
            "jaw": self.strength_jaw,
        }
        return self.expression_strength * own[region]

    def gate(self, region: FaceRegion) -> float:
        """Return the value below which expressions of a region are ignored."""
        own: dict[FaceRegion, float] = {
            "brows": self.threshold_brows,
            "eyes": self.threshold_eyes,
            "mouth": self.threshold_mouth,
            "jaw": self.threshold_jaw,
        }
        return own[region]

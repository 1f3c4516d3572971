# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs prepared for training: the lifter's input, and the true frames relative to the network's rest frames.

They are prepared once, in half precision; batches are then rolled, mirrored and partly hidden in PyTorch (`batches`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve import axes
from ....pipeline.solve.camera import CameraSettings, focal_length
from ....pipeline.solve.lifter.frames import FINGER_JOINTS, REFLECT, SOLVED, Rest
from ....pipeline.solve.lifter.tokens import Points, tokenize
from ...body import rotations as rot
from ...body.joints import INDEX
from ...body.model import Body, neutral_body
from ..pictures.people import Person
from .landmark_offsets import with_offsets
from .pairs import Pairs

Array = NDArray[np.float64]
Half = NDArray[np.float16]

_BATCH: Final = 2048
_HANDS: Final = tuple(INDEX[f"{side}Hand"] for side in ("Left", "Right"))


@dataclass(frozen=True)
class Dataset:
    """n prepared pairs: the network's input (see `tokens.LifterInput`), and the true frames and shape.

    Attributes:
        tokens: (n, 33, 14).
        hands: (n, 2, 21, 13).
        palms: (n, 2, 12).
        base: (n, 22, 3, 3).
        fingers: (n, 2, 15, 3, 3).
        rough: (n, 2, 3, 3) base frames of the hands from the body's own landmarks.
        true: (n, 22, 3, 3) true frames of the joints, for the neutral body with bones that point like the person's.
        true_fingers: (n, 2, 15, 3, 3) true frames in the palm's frame, mirrored for a right hand.
        shape: (n, 6) phenotype, NaN if unknown.
    """

    tokens: Half
    hands: Half
    palms: Half
    base: Half
    fingers: Half
    rough: Half
    true: Half
    true_fingers: Half
    shape: Half

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def joined(cls, parts: Sequence["Dataset"]) -> "Dataset":
        """Join several data sets."""
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in cls.__dataclass_fields__))


def trained_body(offsets: Array) -> Body:
    """Return the neutral body with BlazePose's own landmarks."""
    return with_offsets(neutral_body(), offsets)


def prepare(pairs: Pairs, people: Sequence[Person], offsets: Array) -> Dataset:
    """Prepare pairs. `people` are all people in the pairs, by number."""
    rest = Rest.of(trained_body(offsets))
    bodies = [with_offsets(person.body, offsets) for person in people]
    own = np.array([Rest.of(body).frames for body in bodies])
    shapes = np.array([person.phenotype for person in people])
    starts = range(0, len(pairs), _BATCH)
    return Dataset.joined([_part(pairs, slice(i, i + _BATCH), rest, own, shapes) for i in starts])


def points_of(pairs: Pairs, rows: slice = slice(None)) -> Points:
    """Return the landmarks of pairs as the lifter's input, with an assumed focal length."""
    camera = pairs.camera[rows].astype(float)
    return Points(
        image=pairs.image[rows].astype(float),
        world=axes.to_blender(pairs.world[rows]),
        certainty=np.stack([pairs.visibility[rows], pairs.presence[rows]], axis=-1).astype(float),
        hand_image=pairs.hands_image[rows].astype(float),
        hand_world=axes.to_blender(pairs.hands_world[rows]),
        hand_presence=pairs.hands_presence[rows].astype(float),
        centre=0.5 * camera[:, :2],
        focal=focal_length(camera[:, :2], CameraSettings()),
    )


def true_turns(rotations: Array, own: Array, rest: Rest) -> tuple[Array, Array]:
    """Return rotations (n, 22, 3, 3) of the neutral body's joints, and (n, 2, 15, 3, 3) of fingers from the palm.

    `rotations` (n, 52, 4) are those of people with the rest frames `own` (n, 22, 3, 3). Their bones have other
    directions at rest; the result gives the neutral body's bones the same directions as theirs.
    """
    turns = rot.to_matrix(neutral_body().globals(rotations))
    body = turns[:, list(SOLVED)] @ own @ np.swapaxes(rest.frames, -1, -2)
    fingers = np.stack(
        [
            np.swapaxes(turns[:, [hand]], -1, -2) @ turns[:, list(joints)]
            for hand, joints in zip(_HANDS, FINGER_JOINTS, strict=True)
        ],
        axis=1,
    )
    fingers[:, 1] *= REFLECT[:, None] * REFLECT
    return body, fingers


def _part(pairs: Pairs, rows: slice, rest: Rest, own: Array, shapes: Array) -> Dataset:
    points = points_of(pairs, rows)
    inputs = tokenize(points, rest)
    person = pairs.person[rows]
    body, fingers = true_turns(pairs.rotations[rows].astype(float), own[person], rest)
    made = (
        inputs.tokens,
        inputs.hands,
        inputs.palms,
        inputs.base,
        inputs.fingers,
        inputs.rough,
        body @ rest.frames,
        fingers @ rest.fingers,
        shapes[person],
    )
    return Dataset(*(x.astype(np.float16) for x in made))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks that are connected by lines when drawn: chains of indices, each point connected to the next."""

from typing import Final

Chains = tuple[tuple[int, ...], ...]

BODY_MIDDLE: Final[Chains] = ((11, 12), (23, 24))
BODY_LEFT: Final[Chains] = (
    (0, 1, 2, 3, 7),  # nose, eye, ear
    (11, 13, 15),  # arm
    (15, 17, 19, 15, 21),  # palm and thumb
    (11, 23, 25, 27, 29, 31, 27),  # side, leg and foot
)
BODY_RIGHT: Final[Chains] = (
    (0, 4, 5, 6, 8),
    (12, 14, 16),
    (16, 18, 20, 16, 22),
    (12, 24, 26, 28, 30, 32, 28),
)

HAND: Final[Chains] = (
    (0, 1, 2, 3, 4),
    (0, 5, 6, 7, 8),
    (5, 9, 10, 11, 12),
    (9, 13, 14, 15, 16),
    (13, 17, 18, 19, 20),
    (0, 17),
)

FACE: Final[dict[str, Chains]] = {
    "faceOval": (
        (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
        (152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10),
    ),
    "lips": (
        (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
        (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
        (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
        (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    ),
    "leftEye": ((263, 249, 390, 373, 374, 380, 381, 382, 362), (263, 466, 388, 387, 386, 385, 384, 398, 362)),
    "rightEye": ((33, 7, 163, 144, 145, 153, 154, 155, 133), (33, 246, 161, 160, 159, 158, 157, 173, 133)),
    "leftEyebrow": ((276, 283, 282, 295, 285), (300, 293, 334, 296, 336)),
    "rightEyebrow": ((46, 53, 52, 65, 55), (70, 63, 105, 66, 107)),
    "leftIris": ((474, 475, 476, 477, 474),),
    "rightIris": ((469, 470, 471, 472, 469),),
}
"""Contours of the face, by the names of their points in TensorFlow.js's face-landmarks-detection."""

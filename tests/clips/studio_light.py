# SPDX-License-Identifier: GPL-3.0-or-later
"""A photographer's studio, drawn without a graphics card in about two seconds a picture (moderngl, `train` extra).

Light is gathered at the vertices: many points of two soft lights and of the sky around, each with a map of what it
sees. So shadows are soft, and a mouth is dark inside.
"""

import os
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_MAP: Final = 640
_FINER: Final = 2
"""Pictures are drawn larger by this and averaged."""
_MIDDLE: Final = np.array([0.0, 0.0, 0.98])
_REACH: Final = 1.25
"""Around the performer's middle: radius in metres of what casts shadows."""
_OFFSET: Final = 0.006
"""Metres off its surface at which a vertex asks whether it is lit."""
_PAPER: Final = (0.62, 0.55, 0.47)
_SKY: Final = np.array([0.75, 0.80, 0.90]) * 0.62
_BOUNCE: Final = np.array([0.62, 0.55, 0.47]) * 0.50
_LIGHTS: Final = (
    ((-2.2, -3.0, 3.2), 0.8, np.array([1.0, 0.95, 0.88]) * 1.05, 16),
    ((2.8, -2.6, 1.8), 1.2, np.array([0.85, 0.92, 1.0]) * 0.34, 10),
)
"""Place, half the side, colour, and number of points of each soft light."""
_SKY_POINTS: Final = 30
_GLOW: Final = 0.05
"""Light that gets everywhere, into mouths too."""

_DEPTH: Final = """
#version 330
uniform mat4 view;
in vec3 position;
void main() { gl_Position = view * vec4(position, 1.0); }
"""
_NOTHING: Final = """
#version 330
void main() {}
"""
_VERTEX: Final = """
#version 330
uniform mat4 view;
in vec3 position, normal, light, color;
in float rough;
out vec3 at, n, lit, paint;
out float roughness;
void main() {
    at = position; n = normal; lit = light; paint = color; roughness = rough;
    gl_Position = view * vec4(position, 1.0);
}
"""
_FRAGMENT: Final = """
#version 330
uniform vec3 eye, key;
in vec3 at, n, lit, paint;
in float roughness;
out vec4 result;
void main() {
    vec3 normal = normalize(n), out_ = normalize(eye - at), in_ = normalize(key - at);
    float sharp = 2.0 / pow(max(roughness, 0.08), 4.0) - 1.0;
    float gloss = 0.02 * (sharp + 8.0) / 8.0 * pow(max(0.0, dot(normal, normalize(out_ + in_))), sharp);
    vec3 color = paint * lit + min(gloss, 0.9) * lit;
    vec3 high = 1.055 * pow(clamp(color, 0.0, 1.0), vec3(1.0 / 2.4)) - 0.055;
    result = vec4(mix(high, color * 12.92, vec3(lessThan(color, vec3(0.0031308)))), 1.0);
}
"""


@dataclass(frozen=True)
class Paint:
    """Which colour (3,) and roughness each of a mesh's triangles (t, 3) has.

    Attributes:
        vertices: (c,) the mesh's vertex of each corner that is drawn; a vertex of two materials is drawn twice.
        triangles: (t, 3) corners.
        colors: (c, 3) linear.
        roughness: (c,).
    """

    vertices: Ints
    triangles: Ints
    colors: Array
    roughness: Array

    @classmethod
    def of(cls, triangles: Ints, materials: Ints, colors: Array, roughness: Array) -> "Paint":
        """Make it from the material (t,) of each triangle, with colours (m, 3) and roughness (m,) of materials."""
        keys, corners = np.unique(triangles * len(colors) + materials[:, None], return_inverse=True)
        kind = keys % len(colors)
        return cls(keys // len(colors), corners.reshape(-1, 3), colors[kind], roughness[kind])


class Studio:
    """Draws a mesh before a backdrop that runs from the floor up the wall.

    Args:
        size: width and height in pixels.
        focal: pixels.
        camera: (3,) its place; it looks along +Y.
        triangles: (t, 3) of the performer.
        paint: of the performer.
    """

    def __init__(self, size: tuple[int, int], focal: float, camera: Array, triangles: Ints, paint: Paint) -> None:
        import moderngl

        os.environ.setdefault("LP_NUM_THREADS", "0")
        self._size, self._camera = size, camera
        self._triangles, self._paint = triangles, paint
        self._context = context = moderngl.create_standalone_context(backend="egl")
        context.enable(moderngl.DEPTH_TEST)
        self._shadow = context.depth_texture((_MAP, _MAP))
        self._shadow_target = context.framebuffer(depth_attachment=self._shadow)
        self._depth = context.program(vertex_shader=_DEPTH, fragment_shader=_NOTHING)
        self._program = context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        fine = (size[0] * _FINER, size[1] * _FINER)
        self._target = context.framebuffer([context.renderbuffer(fine, components=4)], context.depth_renderbuffer(fine))
        self._view = _camera_view(size, focal, camera)
        self._floor, self._floor_triangles, self._grid = _backdrop()
        self._lights = list(_points_of_lights())
        self._program["eye"].value = tuple(camera)
        self._program["key"].value = _LIGHTS[0][0]

    def draw(self, vertices: Array) -> NDArray[np.uint8]:
        """Return the picture (height, width, 3), blue first, of the performer's vertices (v, 3) in the world."""
        import cv2

        normals = _normals(vertices, self._triangles)
        floor_normals = _normals(self._floor, self._floor_triangles)
        self._wall = len(vertices) + np.flatnonzero(self._floor[:, 2] > 0.02)
        light = self._light(vertices, np.concatenate([vertices, self._floor]), np.concatenate([normals, floor_normals]))
        p = self._paint
        self._target.use()
        self._target.clear()
        self._program["view"].write(self._view.T.astype(np.float32).tobytes())
        paper = np.broadcast_to(_PAPER, self._floor.shape)
        count = len(vertices)
        columns = [vertices[p.vertices], normals[p.vertices], light[p.vertices], p.colors, p.roughness[:, None]]
        self._render(np.concatenate(columns, axis=1), p.triangles)
        columns = [self._floor, floor_normals, light[count:], paper, np.full((len(paper), 1), 1.0)]
        self._render(np.concatenate(columns, axis=1), self._floor_triangles)
        data = self._target.read(components=3, alignment=1)
        fine = np.frombuffer(data, np.uint8).reshape(self._size[1] * _FINER, self._size[0] * _FINER, 3)
        small = cv2.resize(cv2.flip(fine, 0), self._size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(small[..., ::-1])

    def _render(self, content: Array, triangles: Ints) -> None:
        buffer = self._context.buffer(np.ascontiguousarray(content, np.float32).tobytes())
        corners = self._context.buffer(triangles.astype(np.int32).tobytes())
        layout = (buffer, "3f 3f 3f 3f 1f", "position", "normal", "light", "color", "rough")
        array = self._context.vertex_array(self._program, [layout], index_buffer=corners)
        array.render()
        for thing in (array, buffer, corners):
            thing.release()

    def _light(self, performer: Array, points: Array, normals: Array) -> Array:
        """Return the light (p, 3) that arrives at points with normals."""
        buffer = self._context.buffer(np.ascontiguousarray(performer, np.float32).tobytes())
        corners = self._context.buffer(self._triangles.astype(np.int32).tobytes())
        array = self._context.vertex_array(self._depth, [(buffer, "3f", "position")], index_buffer=corners)
        asked = np.concatenate([points + _OFFSET * normals, np.ones((len(points), 1))], axis=1)
        result = np.full((len(points), 3), _GLOW)
        for place, color, far in self._lights:
            view = _light_view(place)
            towards = place - points if far else np.broadcast_to(place - _MIDDLE, points.shape)
            distance = np.linalg.norm(towards, axis=1)
            facing = np.maximum(np.einsum("ij,ij->i", normals, towards) / distance, 0.0)
            # Soft lights are as bright as said at the performer's middle.
            fall = (np.linalg.norm(place - _MIDDLE) / distance) ** 2 if far else 1.0
            seen = self._seen(array, view, asked)
            if not far:  # Too few points of sky for a shadow on the wall.
                seen[self._wall] = 1.0
            result += (facing * fall * seen)[:, None] * color
        for thing in (array, buffer, corners):
            thing.release()
        result[-len(self._floor) :] = self._blurred(result[-len(self._floor) :])
        return result

    def _blurred(self, light: Array) -> Array:
        """Return the backdrop's light with softer shadows, softest on the wall."""
        import cv2

        sharp = light.reshape(*self._grid, 3)
        near, far = (cv2.GaussianBlur(sharp, (0, 0), sigma) for sigma in (1.2, 8.0))
        height = self._floor[:, 2].reshape(*self._grid, 1)
        part = np.clip(height / 0.6, 0.0, 1.0)
        return np.asarray(near + (far - near) * part).reshape(-1, 3)

    def _seen(self, array: Any, view: Array, asked: Array) -> Array:
        """Return 0 or 1 (p,) for points (p, 4): whether a light with this view sees them."""
        self._shadow_target.use()
        self._shadow_target.clear()
        self._depth["view"].write(view.T.astype(np.float32).tobytes())
        array.render()
        depth = np.frombuffer(self._shadow.read(), np.float32).reshape(_MAP, _MAP)
        clip = asked @ view.T
        place = 0.5 + 0.5 * clip[:, :3] / clip[:, 3:]
        x, y = np.clip((place[:, :2] * _MAP).astype(int), 0, _MAP - 1).T
        outside = (np.abs(place[:, :2] - 0.5) > 0.5).any(axis=1)
        return np.asarray((place[:, 2] < depth[y, x] + 1e-4) | outside, dtype=float)


def _points_of_lights() -> Any:
    """Yield place (3,), colour (3,), and whether it is a lamp, of each point of light."""
    golden = np.pi * (3.0 - np.sqrt(5.0))
    for place, half, color, count in _LIGHTS:
        at = np.array(place)
        away = (at - _MIDDLE) / np.linalg.norm(at - _MIDDLE)
        aside = np.cross(away, [0.0, 0.0, 1.0])
        aside /= np.linalg.norm(aside)
        up = np.cross(aside, away)
        for i in range(count):
            radius, turn = half * np.sqrt((i + 0.5) / count), golden * i
            yield at + radius * (np.cos(turn) * aside + np.sin(turn) * up), color / count, True
    for i in range(_SKY_POINTS):
        z = 1.0 - 2.0 * (i + 0.5) / _SKY_POINTS
        ring = np.sqrt(1.0 - z * z)
        way = np.array([ring * np.cos(golden * i), ring * np.sin(golden * i), z])
        # The backdrop is below and behind.
        paper = way[2] < 0.0 or way[1] > 0.5
        yield _MIDDLE + 4.0 * way, (_BOUNCE if paper else _SKY) * 4.0 / _SKY_POINTS, False


def _light_view(place: Array) -> Array:
    """Return the matrix (4, 4) by which a light sees the performer."""
    away = place - _MIDDLE
    distance = float(np.linalg.norm(away))
    z = away / distance
    x = np.cross([0.0, 1.0, 0.0] if abs(z[2]) > 0.95 else [0.0, 0.0, 1.0], z)
    x /= np.linalg.norm(x)
    turn = np.stack([x, np.cross(z, x), z])
    look = np.eye(4)
    look[:3, :3], look[:3, 3] = turn, -turn @ place
    near, far = distance - 1.6, distance + 1.6
    zoom = distance / _REACH
    squeeze = np.array(
        [
            [zoom, 0.0, 0.0, 0.0],
            [0.0, zoom, 0.0, 0.0],
            [0.0, 0.0, -(far + near) / (far - near), -2.0 * far * near / (far - near)],
            [0.0, 0.0, -1.0, 0.0],
        ]
    )
    return np.asarray(squeeze @ look)


def _camera_view(size: tuple[int, int], focal: float, camera: Array) -> Array:
    near, far = 0.5, 30.0
    squeeze = np.array(
        [
            [2.0 * focal / size[0], 0.0, 0.0, 0.0],
            [0.0, 0.0, 2.0 * focal / size[1], 0.0],
            [0.0, (far + near) / (far - near), 0.0, -2.0 * far * near / (far - near)],
            [0.0, 1.0, 0.0, 0.0],
        ]
    )
    move = np.eye(4)
    move[:3, 3] = -camera
    return np.asarray(squeeze @ move)


def _backdrop() -> tuple[Array, Ints, tuple[int, int]]:
    """Return floor and wall in one curve, as photographers have them: vertices, triangles, and the grid's size."""
    angles = np.linspace(-np.pi / 2.0, 0.0, 20)
    curve = np.stack([1.2 + 1.3 * np.cos(angles), 1.3 + 1.3 * np.sin(angles)], axis=1)
    floor = np.stack([np.arange(-3.0, 1.2, 0.05), np.zeros(84)], axis=1)
    wall = np.stack([np.full(45, 2.5), np.linspace(1.35, 5.75, 45)], axis=1)
    profile = np.concatenate([floor, curve, wall])
    across = np.concatenate([[-9.0, -5.0], np.arange(-3.0, 3.01, 0.05), [5.0, 9.0]])
    vertices = np.array([(x, y, z) for y, z in profile for x in across])
    i, j = (
        grid.ravel() for grid in np.meshgrid(np.arange(len(profile) - 1), np.arange(len(across) - 1), indexing="ij")
    )
    first = i * len(across) + j
    last = first + len(across)
    triangles = [np.stack([first, first + 1, last + 1], axis=1), np.stack([first, last + 1, last], axis=1)]
    return vertices, np.concatenate(triangles), (len(profile), len(across))


def _normals(vertices: Array, triangles: Ints) -> Array:
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    result = np.stack(
        [np.bincount(triangles.ravel(), np.repeat(across[:, i], 3), len(vertices)) for i in range(3)], axis=1
    )
    return np.asarray(result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering of heads without a display: skin, lips, brows, lashes, teeth, and eyes with irises."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ..pictures.views import Camera
from . import shaders
from .heads import SKIN, Head, corner_matrix, gaze_degrees, normals_of
from .looks import SIZE, Look, View

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

_FINER: Final = 2
"""Pictures are drawn larger by this and averaged."""
_FOLD: Final = 220.0
"""Darkness of folds: for each metre that a vertex lies below the mean of its neighbours."""


@dataclass(frozen=True)
class _Mesh:
    triangles: NDArray[np.int64]
    gather: "csr_array"
    smooth: "csr_array"


class FaceRenderer:
    """Draws heads. Use one per process, as it owns an OpenGL context."""

    def __init__(self) -> None:
        import moderngl

        os.environ.setdefault("LP_NUM_THREADS", "0")
        self._context = context = moderngl.create_standalone_context(backend="egl")
        context.enable(moderngl.DEPTH_TEST)
        side = SIZE * _FINER
        self._head = context.program(vertex_shader=shaders.HEAD_VERTEX, fragment_shader=shaders.HEAD_FRAGMENT)
        self._eye = context.program(vertex_shader=shaders.EYE_VERTEX, fragment_shader=shaders.EYE_FRAGMENT)
        self._target = context.framebuffer(
            [context.renderbuffer((side, side), components=4)], context.depth_renderbuffer((side, side))
        )
        self._sphere = _sphere()
        self._meshes: dict[int, _Mesh] = {}

    def draw(self, head: Head, expressions: Array, look: Look, view: View) -> tuple[Image, Image]:
        """Draw a head with expressions (52,).

        Returns:
            The picture (SIZE, SIZE, 3), RGB on black, and the mask (SIZE, SIZE), 255 for the person.
        """
        import cv2

        self._target.use()
        self._target.clear(0.0, 0.0, 0.0, 0.0)
        projection = _projection(view.camera).T.astype(np.float32).tobytes()
        for program in (self._head, self._eye):
            _set(
                program,
                projection=projection,
                light=tuple(view.light),
                light_color=tuple(view.light_color),
                below=tuple(view.ambient[0]),
                above=tuple(view.ambient[1]),
            )
        self._draw_head(head, expressions, look, view)
        self._draw_eyes(head, expressions, look, view)
        side = SIZE * _FINER
        data = self._target.read(components=4, alignment=1)
        picture = cv2.flip(np.frombuffer(data, np.uint8).reshape(side, side, 4), 0)
        small = cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(small[..., :3]), np.ascontiguousarray(small[..., 3])

    def _draw_head(self, head: Head, expressions: Array, look: Look, view: View) -> None:
        mesh = self._meshes.setdefault(id(head.triangles), _mesh(head))
        at_rest = head.posed(expressions)
        normals = normals_of(at_rest, head.triangles, mesh.gather)
        fold = _FOLD * np.einsum("ij,ij->i", mesh.smooth @ at_rest - at_rest, normals)
        above = np.clip((head.scalp - look.hairline) / 0.04, 0.0, 1.0) * (head.parts == SKIN)
        shaped = at_rest + look.hair_thickness * above[:, None] * normals
        if look.hair_thickness:
            normals = normals_of(shaped, head.triangles, mesh.gather)
        head_turned, body_turned = rot.to_matrix(view.turn), rot.to_matrix(view.body_turn)
        follows = head.follows[:, None]
        points = follows * turned(shaped, view) + (1.0 - follows) * (
            (shaped - head.pivot) @ body_turned.T + turned(head.pivot, view)
        )
        facing = follows * (normals @ head_turned.T) + (1.0 - follows) * (normals @ body_turned.T)
        columns = (points, facing, head.places, head.parts, head.lips, head.scalp - look.hairline, fold)
        content = np.concatenate([np.reshape(column, (len(points), -1)) for column in columns], axis=1)
        _set(
            self._head,
            skin=tuple(look.skin),
            lip_color=tuple(look.lips),
            hair=tuple(look.hair),
            shirt=tuple(look.shirt),
            brow=look.brow,
            stubble=look.stubble,
            freckles=look.freckles,
            redness=look.redness,
            gloss=look.gloss,
            seed=look.seed,
        )
        names = ("position", "normal", "rest", "part", "lip", "scalp", "fold")
        self._render(self._head, "3f 3f 3f 1f 1f 1f 1f", names, content, head.triangles)

    def _draw_eyes(self, head: Head, expressions: Array, look: Look, view: View) -> None:
        directions, triangles = self._sphere
        head_turn = rot.to_matrix(view.turn)
        for eye, (yaw, pitch) in enumerate(gaze_degrees(expressions)):
            turn = rot.to_matrix(gaze_rotation(yaw, pitch))
            in_head = directions @ turn.T
            points = turned(head.eyes[eye] + head.eye_radius * in_head, view)
            content = np.concatenate([points, in_head @ head_turn.T, directions, in_head], axis=1)
            _set(self._eye, iris=tuple(look.iris), seed=look.seed + eye)
            self._render(self._eye, "3f 3f 3f 3f", ("position", "normal", "own", "in_head"), content, triangles)

    def _render(
        self, program: object, layout: str, names: tuple[str, ...], content: Array, triangles: NDArray[np.int64]
    ) -> None:
        buffer = self._context.buffer(np.ascontiguousarray(content, np.float32).tobytes())
        corners = self._context.buffer(triangles.astype(np.int32).tobytes())
        array = self._context.vertex_array(program, [(buffer, layout, *names)], index_buffer=corners)
        array.render()
        for thing in (array, buffer, corners):
            thing.release()


def gaze_rotation(yaw: float, pitch: float) -> Array:
    """Return the rotation (4,) in the head's frame of an eye that looks `yaw` degrees to the left and `pitch` up."""
    about_z = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(yaw))
    return rot.multiply(about_z, rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-pitch)))


def turned(points: Array, view: View) -> Array:
    """Return points (..., 3) of a head in the camera's space."""
    moved: Array = points @ rot.to_matrix(view.turn).T + view.place
    return moved


def _set(program: object, **values: object) -> None:
    """Set the uniforms that a program has."""
    for name, value in values.items():
        if name in program:  # type: ignore[operator]
            uniform = program[name]  # type: ignore[index]
            if isinstance(value, bytes):
                uniform.write(value)
            else:
                uniform.value = value


def _mesh(head: Head) -> _Mesh:
    from scipy.sparse import csr_array

    count, t = len(head.vertices), head.triangles
    a = np.concatenate([t[:, 0], t[:, 1], t[:, 2], t[:, 1], t[:, 2], t[:, 0]])
    b = np.concatenate([t[:, 1], t[:, 2], t[:, 0], t[:, 0], t[:, 1], t[:, 2]])
    linked = csr_array((np.ones(len(a)), (a, b)), shape=(count, count))
    linked.data[:] = 1.0
    degree = np.maximum(np.asarray(linked.sum(axis=1)).ravel(), 1.0)
    linked = csr_array(linked.multiply(1.0 / degree[:, None]))
    return _Mesh(t, corner_matrix(t, count), linked)


def _sphere(rings: int = 24, sectors: int = 32) -> tuple[Array, NDArray[np.int64]]:
    """Return a sphere of directions (n, 3) about its pole -Y, and triangles."""
    polar = np.linspace(0.0, np.pi, rings + 1)
    around = np.linspace(0.0, 2 * np.pi, sectors, endpoint=False)
    p, a = (grid.ravel() for grid in np.meshgrid(polar, around, indexing="ij"))
    directions = np.stack([np.sin(p) * np.cos(a), -np.cos(p), np.sin(p) * np.sin(a)], axis=1)
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(rings), np.arange(sectors), indexing="ij"))
    k = (j + 1) % sectors
    one = np.stack([i * sectors + j, (i + 1) * sectors + j, (i + 1) * sectors + k], 1)
    two = np.stack([i * sectors + j, (i + 1) * sectors + k, i * sectors + k], 1)
    return directions, np.concatenate([one, two])


def _projection(camera: Camera) -> Array:
    """Return the projection (4, 4) from Blender's axes to clip space; the depth is Y."""
    near, far = 0.05, 20.0
    return np.array(
        [
            [2.0 * camera.focal / camera.width, 0.0, 0.0, 0.0],
            [0.0, 0.0, 2.0 * camera.focal / camera.height, 0.0],
            [0.0, (far + near) / (far - near), 0.0, -2.0 * far * near / (far - near)],
            [0.0, 1.0, 0.0, 0.0],
        ]
    )

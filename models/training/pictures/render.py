# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering of dressed people without a display: moderngl with EGL (Mesa's llvmpipe is sufficient)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.joints import JOINTS
from .people import Person
from .views import Appearance, Camera, Window

if TYPE_CHECKING:
    from moderngl import Buffer, VertexArray

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

LARGEST: Final = 1280
"""Largest width and height of pictures in pixels."""
_FLOATS: Final = 6
# Skinning, once per pose: all pictures of the pose share the result.
_SKIN: Final = """
#version 330
uniform mat4 bones[52];
uniform vec3 colors[15];
uniform vec4 bare;
uniform vec4 stripes;
in vec3 position;
in float material;
in float limb;
in vec4 joints;
in vec4 weights;
out vec3 place;
out vec3 paint;
void main() {
    mat4 skin = mat4(0.0);
    for (int i = 0; i < 4; i++) skin += weights[i] * bones[int(joints[i])];
    place = (skin * vec4(position, 1.0)).xyz;
    int m = int(material);
    int l = int(limb);
    // Bare skin on a limb may be a sleeve; a sleeve or a trouser leg may be bare skin.
    if (l > 0 && (m == 0 || m == 6 || m == 8)) m = bare[l - 1] > 0.5 ? 0 : (l < 3 ? 6 : 8);
    paint = colors[m];
    if (m == 6) paint *= 1.0 + stripes.w * sin(dot(stripes.xyz, position));
}
"""
_VERTEX: Final = """
#version 330
uniform mat4 projection;
in vec3 place;
in vec3 paint;
out vec3 at;
out vec3 color;
void main() {
    at = place;
    color = paint;
    gl_Position = projection * vec4(place, 1.0);
}
"""
_FRAGMENT: Final = """
#version 330
uniform vec3 light;
uniform float ambient;
in vec3 at;
in vec3 color;
out vec4 result;
void main() {
    vec3 normal = normalize(cross(dFdx(at), dFdy(at)));
    // Toward the camera, whichever way the triangle winds.
    if (dot(normal, at) > 0.0) normal = -normal;
    float shade = ambient + (1.0 - ambient) * max(0.0, 0.25 + 0.75 * dot(normal, light));
    result = vec4(pow(clamp(color * shade, 0.0, 1.0), vec3(1.0 / 1.8)), 1.0);
}
"""
_LIMBS: Final = {"Arm": 1.0, "ForeArm": 2.0, "UpLeg": 3.0, "Leg": 4.0}


@dataclass(frozen=True)
class PosedPerson:
    """A person to draw: its number, pose (52, 4), hips joint (3,) in metres of the camera's axes, and looks."""

    person: int
    rotations: Array
    root: Array
    appearance: Appearance


@dataclass(frozen=True)
class _Mesh:
    skin: "VertexArray"
    posed: "Buffer"
    triangles: "VertexArray"


class Renderer:
    """Renders people. Use one per process, as it owns an OpenGL context.

    Args:
        people: the people that can be drawn; they are kept in graphics memory.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        import moderngl

        # Mesa's threads are only useful for large pictures; for small ones they cost more time than they save.
        os.environ.setdefault("LP_NUM_THREADS", "0")
        self._context = context = moderngl.create_standalone_context(backend="egl")
        # Half of the triangles face away, and clothes have hems, so nothing is seen from inside.
        context.enable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)
        self._points, self._culling = moderngl.POINTS, moderngl.CULL_FACE
        self._skinning = context.program(vertex_shader=_SKIN, varyings=["place", "paint"])
        self._program = context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        size = (LARGEST, LARGEST)
        self._target = context.framebuffer([context.renderbuffer(size, components=4)], context.depth_renderbuffer(size))
        self._people = people
        self._meshes = [self._upload(person) for person in people]
        self._posed: list[_Mesh] = []

    def draw(
        self, person: int, rotations: Array, root: Array, camera: Camera, appearance: Appearance
    ) -> tuple[Image, Image]:
        """Draw a person in a pose (52, 4) with the hips joint at `root` (3,).

        Returns:
            The picture (h, w, 3), RGB on black, and the mask (h, w), 255 for the person, else 0.
        """
        return self.draw_together([PosedPerson(person, rotations, root, appearance)], camera)

    def draw_together(self, posed: Sequence[PosedPerson], camera: Camera) -> tuple[Image, Image]:
        """Draw several people, who hide each other by their depth; the light is that of the first. Returns as `draw`.

        Each must have another number: people who look alike are given to the renderer once for each of them.
        """
        self._posed = []
        for each in posed:
            self._pose(each)
        light = posed[0].appearance
        self._program["light"].value = tuple(light.light)
        self._program["ambient"].value = light.ambient
        return self.draw_window(camera, Window(0.0, 0.0, camera.width, camera.height, 1.0))

    def draw_rectangles(self, corners: Array, colours: Array, light: Array, camera: Camera) -> Image:
        """Draw rectangles (k, 4, 3) in metres, Blender's axes, of colours (k, 3) 0..1, seen from both sides.

        Returns:
            The picture (h, w, 3), RGB on black.
        """
        both = np.concatenate([corners, np.repeat(colours[:, None], 4, axis=1)], axis=-1)
        content = self._context.buffer(both[:, [0, 1, 2, 0, 2, 3]].astype(np.float32).tobytes())
        array = self._context.vertex_array(self._program, [(content, "3f 3f", "place", "paint")])
        self._posed = [_Mesh(array, content, array)]
        self._program["light"].value = tuple(light)
        self._program["ambient"].value = 0.75
        self._context.disable(self._culling)
        picture, _ = self.draw_window(camera, Window(0.0, 0.0, camera.width, camera.height, 1.0))
        self._context.enable(self._culling)
        self._posed = []
        return picture

    def draw_window(self, camera: Camera, window: Window) -> tuple[Image, Image]:
        """Draw a window of the picture that was drawn last; it must not be larger than `LARGEST`. Returns as `draw`."""
        import cv2

        if not self._posed:
            raise ValueError("draw_window needs a picture: call draw first")
        size = (0, 0, window.width, window.height)
        self._program["projection"].write(_projection(camera, window).T.astype(np.float32).tobytes())
        self._target.use()
        self._target.viewport = size
        self._target.clear(0.0, 0.0, 0.0, 0.0, viewport=size)
        for mesh in self._posed:
            mesh.triangles.render()
        data = self._target.read(viewport=size, components=4, alignment=1)
        # OpenGL's first row is at the bottom.
        picture = cv2.flip(np.frombuffer(data, np.uint8).reshape(window.height, window.width, 4), 0)
        mask = np.asarray(cv2.extractChannel(picture, 3), np.uint8)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB), np.uint8), mask

    def _pose(self, posed: PosedPerson) -> None:
        mesh, appearance = self._meshes[posed.person], posed.appearance
        bones = bone_matrices(self._people[posed.person], posed.rotations, posed.root)
        self._skinning["bones"].write(np.ascontiguousarray(np.swapaxes(bones, 1, 2), dtype=np.float32).tobytes())
        self._skinning["colors"].write(appearance.colors.astype(np.float32).tobytes())
        self._skinning["bare"].value = tuple(appearance.bare)
        self._skinning["stripes"].value = tuple(appearance.stripes)
        # Skinning does not work without a bound framebuffer, although it draws nothing.
        self._target.use()
        mesh.skin.transform(mesh.posed, self._points)
        self._posed.append(mesh)

    def _upload(self, person: Person) -> _Mesh:
        buffer = self._context.buffer
        strongest = np.take_along_axis(person.weight_joints, person.weights.argmax(axis=1)[:, None], axis=1)[:, 0]
        limb = np.array([_LIMBS.get(name.removeprefix("Left").removeprefix("Right"), 0.0) for name in JOINTS])
        content = [
            (buffer(person.vertices.tobytes()), "3f", "position"),
            (buffer(person.materials.astype(np.float32).tobytes()), "1f", "material"),
            (buffer(limb[strongest].astype(np.float32).tobytes()), "1f", "limb"),
            (buffer(person.weight_joints.astype(np.float32).tobytes()), "4f", "joints"),
            (buffer(person.weights.tobytes()), "4f", "weights"),
        ]
        posed = buffer(reserve=4 * _FLOATS * len(person.vertices))
        corners = buffer(person.triangles.tobytes())
        return _Mesh(
            skin=self._context.vertex_array(self._skinning, content),
            posed=posed,
            triangles=self._context.vertex_array(
                self._program, [(posed, "3f 3f", "place", "paint")], index_buffer=corners
            ),
        )


def bone_matrices(person: Person, rotations: Array, root: Array) -> Array:
    """Return the matrices (52, 4, 4) that move rest vertices with their joints in a pose (52, 4)."""
    rest = person.body.rest
    turns = person.body.globals(rotations)
    where = person.body.positions(rotations, root)
    result = np.zeros((len(JOINTS), 4, 4))
    result[:, :3, :3] = rot.to_matrix(turns)
    result[:, :3, 3] = where - rot.rotate(turns, rest)
    result[:, 3, 3] = 1.0
    return result


def _projection(camera: Camera, window: Window) -> Array:
    """Return the projection matrix (4, 4) from Blender's axes to clip space; the depth is Y."""
    near, far = 0.05, 50.0
    width, height = window.width / window.scale, window.height / window.scale
    aside, above = (camera.width - 2.0 * window.x) / width - 1.0, 1.0 - (camera.height - 2.0 * window.y) / height
    return np.array(
        [
            [2.0 * camera.focal / width, aside, 0.0, 0.0],
            [0.0, above, 2.0 * camera.focal / height, 0.0],
            [0.0, (far + near) / (far - near), 0.0, -2.0 * far * near / (far - near)],
            [0.0, 1.0, 0.0, 0.0],
        ]
    )

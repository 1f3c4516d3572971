# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of dressed people, quickly and without a display: moderngl over EGL (Mesa's llvmpipe will do)."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..body import rotations as rot
from ..body.joints import INDEX, JOINTS, PARENTS
from .people import Person
from .views import Camera, Look

if TYPE_CHECKING:
    from moderngl import VertexArray

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

LARGEST: Final = 384
_VERTEX: Final = """
#version 330
uniform mat4 bones[52];
uniform mat4 projection;
uniform vec3 colors[12];
uniform vec4 bare;
uniform vec4 stripes;
in vec3 position;
in float material;
in float limb;
in vec4 joints;
in vec4 weights;
out vec3 at;
out vec3 color;
void main() {
    mat4 skin = mat4(0.0);
    for (int i = 0; i < 4; i++) skin += weights[i] * bones[int(joints[i])];
    vec4 moved = skin * vec4(position, 1.0);
    at = moved.xyz;
    int m = int(material);
    int l = int(limb);
    // Bare skin on a limb may be a sleeve; a sleeve or a trouser leg may be bare skin.
    if (l > 0 && (m == 0 || m == 6 || m == 8)) m = bare[l - 1] > 0.5 ? 0 : (l < 3 ? 6 : 8);
    color = colors[m];
    if (m == 6) color *= 1.0 + stripes.w * sin(dot(stripes.xyz, position));
    gl_Position = projection * moved;
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


class Renderer:
    """Draws people. One for each process: it owns an OpenGL context.

    Args:
        people: who can be drawn; they are kept in the graphics memory.
    """

    def __init__(self, people: list[Person]) -> None:
        import moderngl

        self._context = context = moderngl.create_standalone_context(backend="egl")
        context.enable(moderngl.DEPTH_TEST)
        self._program = context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        size = (LARGEST, LARGEST)
        self._target = context.framebuffer([context.renderbuffer(size, components=4)], context.depth_renderbuffer(size))
        self._people = people
        self._meshes = [self._upload(person) for person in people]

    def draw(self, person: int, rotations: Array, root: Array, camera: Camera, look: Look) -> tuple[Image, Image]:
        """Picture (h, w, 3) of a person in a pose (52, 4) with the hips joint at `root` (3,), and where it is (h, w).

        Returns RGB on black, and 255 where the person is, else 0.
        """
        program = self._program
        bones = bone_matrices(self._people[person], rotations, root)
        program["bones"].write(np.ascontiguousarray(np.swapaxes(bones, 1, 2), dtype=np.float32).tobytes())
        program["projection"].write(_projection(camera).T.astype(np.float32).tobytes())
        program["colors"].write(look.colors.astype(np.float32).tobytes())
        program["bare"].value = tuple(look.bare)
        program["stripes"].value = tuple(look.stripes)
        program["light"].value = tuple(look.light)
        program["ambient"].value = look.ambient
        self._target.use()
        self._target.viewport = (0, 0, camera.width, camera.height)
        self._target.clear(0.0, 0.0, 0.0, 0.0)
        self._meshes[person].render()
        data = self._target.read(viewport=(0, 0, camera.width, camera.height), components=4, alignment=1)
        picture = np.frombuffer(data, np.uint8).reshape(camera.height, camera.width, 4)[::-1]
        return picture[..., :3], picture[..., 3]

    def _upload(self, person: Person) -> "VertexArray":
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
        return self._context.vertex_array(self._program, content, index_buffer=buffer(person.triangles.tobytes()))


def bone_matrices(person: Person, rotations: Array, root: Array) -> Array:
    """(52, 4, 4) matrices that move the rest's vertices with their joints in a pose (52, 4)."""
    rest = person.body.rest
    turns = person.body.globals(rotations)
    where = np.empty((len(JOINTS), 3))
    where[INDEX["Hips"]] = root
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            where[joint] = where[parent] + rot.rotate(turns[parent], rest[joint] - rest[parent])
    result = np.zeros((len(JOINTS), 4, 4))
    result[:, :3, :3] = rot.to_matrix(turns)
    result[:, :3, 3] = where - rot.rotate(turns, rest)
    result[:, 3, 3] = 1.0
    return result


def _projection(camera: Camera) -> Array:
    """Clip space of points in Blender's axes: the depth is Y."""
    near, far = 0.05, 50.0
    return np.array(
        [
            [2.0 * camera.focal / camera.width, 0.0, 0.0, 0.0],
            [0.0, 0.0, 2.0 * camera.focal / camera.height, 0.0],
            [0.0, (far + near) / (far - near), 0.0, -2.0 * far * near / (far - near)],
            [0.0, 1.0, 0.0, 0.0],
        ]
    )

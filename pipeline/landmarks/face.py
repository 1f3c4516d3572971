# SPDX-License-Identifier: GPL-3.0-or-later
"""Face mesh, irises and blend shapes: detected near the pose's face points, then tracked."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.curves import sigmoid
from . import coefficients, detection, networks, regions
from .crops import Crop
from .data import POSE_FACE, FaceLandmarks, Floats, PoseLandmarks, Region
from .settings import HolisticSettings
from .timing import StageCallback, timed

INPUT: Final = 192
MESH: Final = 468
COUNT: Final = 478
POSE_EYES: Final = (5, 2)  # pose landmarks: right eye, left eye
MESH_EYES: Final = (33, 263)  # outer corners of the right and the left eye

# Indices in the mesh of the attention network's refined outputs. Left and right in their names are the viewer's.
_LIPS: Final = (
    "61 146 91 181 84 17 314 405 321 375 291 185 40 39 37 0 267 269 270 409 78 95 88 178 87 14 317 402 318 324 308 "
    "191 80 81 82 13 312 311 310 415 76 77 90 180 85 16 315 404 320 307 306 184 74 73 72 11 302 303 304 408 62 96 89 "
    "179 86 15 316 403 319 325 292 183 42 41 38 12 268 271 272 407"
)
_VIEWERS_LEFT_EYE: Final = (
    "33 7 163 144 145 153 154 155 133 246 161 160 159 158 157 173 130 25 110 24 23 22 26 112 243 247 30 29 27 28 56 "
    "190 226 31 228 229 230 231 232 233 244 113 225 224 223 222 221 189 35 124 46 53 52 65 143 111 117 118 119 120 "
    "121 128 245 156 70 63 105 66 107 55 193"
)
_VIEWERS_RIGHT_EYE: Final = (
    "263 249 390 373 374 380 381 382 362 466 388 387 386 385 384 398 359 255 339 254 253 252 256 341 463 467 260 259 "
    "257 258 286 414 446 261 448 449 450 451 452 453 464 342 445 444 443 442 441 413 265 353 276 283 282 295 372 340 "
    "346 347 348 349 350 357 465 383 300 293 334 296 336 285 417"
)


def _indices(text: str) -> NDArray[np.intp]:
    return np.array(text.split(), dtype=np.intp)


REFINED: Final[Mapping[str, NDArray[np.intp]]] = {
    "lips": _indices(_LIPS),
    "left_eye": _indices(_VIEWERS_LEFT_EYE),
    "right_eye": _indices(_VIEWERS_RIGHT_EYE),
    "left_iris": np.arange(468, 473),
    "right_iris": np.arange(473, 478),
}
EYE_CONTOUR: Final = 16  # number of contour points at the start of an eye's points; their mean depth is the iris's


class FaceTracker:
    """Tracks one face from frame to frame. Must not be used by two threads at once.

    Args:
        settings: settings of the landmark pipeline.
        on_stage: called with the seconds that the stage "face" took.
    """

    def __init__(self, settings: HolisticSettings, *, on_stage: StageCallback | None = None) -> None:
        self._settings = settings
        self._rules = settings.face_settings
        self._on_stage = on_stage
        self._detector = networks.load(detection.FACE_DETECTOR.network, provider=settings.provider)
        name = "face_landmark_with_attention" if settings.attention else "face_landmark"
        self._network = networks.load(name, provider=settings.provider)
        if settings.attention:
            networks.load(coefficients.NETWORK)  # now, so that it is missing now and not at the first face
        self._last: Floats | None = None
        self._last_pose: Floats | None = None
        self._followed = 0
        self._lowest = 0.0 if settings.parity else -np.inf

    def forget(self) -> None:
        """Forget the face of the last frame."""
        self._last = None

    def __call__(self, image: NDArray[np.uint8], pose: PoseLandmarks | None) -> FaceLandmarks | None:
        """Find the face of a pose in an RGB uint8 (H, W, 3) image; None if there is none."""
        if self._settings.static and not self._settings.parity:
            self.forget()
        face = None
        if pose is not None:
            with timed("face", self._on_stage):
                face = self._find(image, pose)
        self._last = None if face is None else face.image[:MESH]
        self._last_pose = None if pose is None else pose.image[POSE_FACE, :2]
        return face

    def _find(self, image: NDArray[np.uint8], pose: PoseLandmarks) -> FaceLandmarks | None:
        followed = self._followed_region(pose)
        face = None if followed is None else self._estimate(image, followed)
        if face is not None:
            return face
        self._followed = 0
        region = self._new_region(image, pose)
        if region is None:
            return None
        if self._last is not None:
            last = self._landmark_region(self._last)
            if regions.agrees(last, self._last, own=region, rule=self._rules.tracking):
                region = last
        if not regions.is_usable(region, min_side=self._rules.min_region):
            return None
        return self._estimate(image, region)

    def _followed_region(self, pose: PoseLandmarks) -> Region | None:
        """Return the region of the last frame's face if it hardly moved, without detecting it again.

        None every so often, so that what is followed is proven to be a face.
        """
        rule = self._rules.following
        if self._settings.parity or self._last is None or self._last_pose is None or self._followed >= rule.frames:
            return None
        moved = np.linalg.norm(pose.image[POSE_FACE, :2] - self._last_pose, axis=1).mean()
        if not moved < rule.max_motion * pose.face_size:
            return None
        around = self._pose_region(pose)
        last = self._landmark_region(self._last)
        if around is None or not regions.agrees(last, self._last, own=around, rule=rule.tolerance):
            return None
        self._followed += 1
        return last

    def _pose_region(self, pose: PoseLandmarks) -> Region | None:
        """Return the region in which the pose's face is; None if it is too small."""
        if pose.face_size < self._rules.min_size:
            return None
        eyes = regions.rotation_of(*pose.image[list(POSE_EYES)], target=regions.RIGHT)
        around = regions.bounding_box(pose.image[POSE_FACE], rotation=eyes, lowest_maximum=self._lowest)
        region = regions.adjusted(around, self._rules.pose_region)
        return region if regions.is_usable(region, min_side=self._rules.min_region) else None

    def _new_region(self, image: NDArray[np.uint8], pose: PoseLandmarks) -> Region | None:
        """Return the region of the face that the detector finds near the pose's face points, or None."""
        rough = self._pose_region(pose)
        if rough is None:
            return None
        detector = detection.FACE_DETECTOR
        crop = Crop.around(rough, detector.size)
        outputs = self._detector(crop.extract(image, values="-1..1", zero_border=True, exact=self._settings.parity))
        detected = detection.best_detection(detector, outputs, self._rules.detection)
        if detected is None:
            return None
        points = crop.to_frame(detected.points)
        rotation = regions.rotation_of(points[0], points[1], target=regions.RIGHT)
        around = regions.bounding_box(points, rotation=rotation, lowest_maximum=self._lowest)
        return regions.adjusted(around, self._rules.detection_region)

    def _landmark_region(self, points: Floats) -> Region:
        """Return the region for tracking a face with these landmarks."""
        rotation = regions.rotation_of(*points[list(MESH_EYES)], target=regions.RIGHT)
        around = regions.bounding_box(points, rotation=rotation, lowest_maximum=self._lowest)
        return regions.adjusted(around, self._rules.landmark_region)

    def _estimate(self, image: NDArray[np.uint8], region: Region) -> FaceLandmarks | None:
        crop = Crop.around(region, INPUT)
        outputs = self._network(crop.extract(image, exact=self._settings.parity))
        presence = float(sigmoid(outputs["score"].item()))
        if not presence > self._rules.min_presence:
            return None
        if not self._settings.attention:
            plain = crop.to_frame(outputs["mesh"].reshape(MESH, 3) / INPUT)
            return FaceLandmarks(image=plain, presence=presence, region=region)
        points = crop.to_frame(merged(outputs) / INPUT)
        (found,) = coefficients.coefficients_of(points[None])
        shapes = None if np.isnan(found).any() else found
        return FaceLandmarks(image=points, presence=presence, region=region, coefficients=shapes)


def merged(outputs: dict[str, Floats]) -> Floats:
    """Return points (478, 3): the mesh, with x and y of lips, eyes and irises from the refined outputs."""
    points: Floats = np.empty((COUNT, 3), np.float32)
    points[:MESH] = outputs["mesh"].reshape(MESH, 3)
    for name, indices in REFINED.items():
        points[indices, :2] = outputs[name].reshape(-1, 2)
    for side in ("left", "right"):
        contour = REFINED[f"{side}_eye"][:EYE_CONTOUR]
        points[REFINED[f"{side}_iris"], 2] = points[contour, 2].mean()
    return points

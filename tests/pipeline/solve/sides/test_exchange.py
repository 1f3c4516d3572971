# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import HandLandmarks, Landmarks, LandmarkTrack, PoseLandmarks, Region
from mimic.pipeline.landmarks.names import POSE_MIRROR
from mimic.pipeline.solve.axes import from_blender
from mimic.pipeline.solve.sides.exchange import Exchange, exchanged, exchanged_track

BODY = neutral_body()
FOCAL = 900.0
NOWHERE = Region(0.0, 0.0, 1.0, 1.0, 0.0)
MOVED = {
    Exchange.NONE: [],
    Exchange.WHOLE: list(range(33)),
    Exchange.ARMS: list(range(13, 23)),
    Exchange.LEGS: list(range(25, 33)),
    Exchange.UPPER: list(range(25)),
}


def seen(yaw: float, *, pitch: float = 0.0, arms: float = 0.6) -> Landmarks:
    """Landmarks of a body, far away, turned by `yaw` degrees before a camera that looks down by `pitch` degrees."""
    turns = rot.identity(len(JOINTS))
    turns[INDEX["LeftArm"]] = rot.from_axis_angle([1.0, 0.0, 0.0], arms)
    turns[0] = rot.multiply(
        rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(pitch)), rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(yaw))
    )
    points = BODY.landmark_positions(turns[None], np.array([[0.0, 40.0, 0.0]]))[0]
    world = from_blender(points - points[23:25].mean(axis=0))
    image = world * FOCAL / 4.0 + [640.0, 360.0, 0.0]
    sure = np.linspace(0.5, 1.0, 33)
    hands = [
        HandLandmarks(image[rows], world[rows], 0.9, float(side), NOWHERE)
        for side, rows in enumerate((slice(33, 54), slice(54, 75)))
    ]
    pose = PoseLandmarks(image[:33], world[:33], sure, sure[::-1], 1.0, NOWHERE)
    return Landmarks(0.0, 0, (1280, 720), pose, *hands)


def pose_of(landmarks: Landmarks) -> PoseLandmarks:
    assert landmarks.pose is not None
    return landmarks.pose


def mistaken(landmarks: Landmarks) -> PoseLandmarks:
    """What a network sees that takes somebody for facing the other way: names exchanged, front for back."""
    pose = pose_of(landmarks)
    front = np.array([1.0, 1.0, -1.0])
    order = list(POSE_MIRROR)
    return PoseLandmarks(
        pose.image[order] * front,
        pose.world[order] * front,
        pose.visibility[order],
        pose.presence[order],
        1.0,
        NOWHERE,
    )


BONES = ((11, 12), (23, 24), (11, 13), (13, 15), (12, 14), (23, 25), (25, 27), (24, 26), (26, 28), (7, 8))


def degrees_between_bones(one: PoseLandmarks, other: PoseLandmarks) -> np.ndarray:
    """Angle between the directions that two poses give to each bone."""
    both = [rot.unit(np.stack([pose.world[b] - pose.world[a] for a, b in BONES])) for pose in (one, other)]
    return np.degrees(np.arccos(np.clip((both[0] * both[1]).sum(axis=1), -1.0, 1.0)))


@pytest.mark.parametrize("yaw", [0.0, 35.0, 180.0, 230.0, 300.0])
def test_body_seen_from_the_wrong_side_exchanged_is_the_body_itself(yaw: float) -> None:
    truth = seen(yaw, arms=0.0)
    wrong = Landmarks(0.0, 0, (1280, 720), mistaken(truth), truth.right_hand, truth.left_hand)
    mended = exchanged(wrong, Exchange.WHOLE)
    # The body stands a little bent; that is taken for a camera that looks down.
    assert degrees_between_bones(pose_of(mended), pose_of(truth)).max() < 13.0
    assert degrees_between_bones(pose_of(wrong), pose_of(truth)).max() > 55.0
    np.testing.assert_allclose(pose_of(mended).image[:, :2], pose_of(truth).image[:, :2])
    np.testing.assert_allclose(pose_of(mended).visibility, pose_of(truth).visibility)
    assert mended.left_hand is not None
    assert truth.left_hand is not None
    np.testing.assert_allclose(mended.left_hand.image, truth.left_hand.image)


def test_body_leaned_by_a_camera_that_looks_down_keeps_its_lean_when_exchanged() -> None:
    """From behind and from the front, feet are farther below a high camera: that lean is not mirrored."""
    pitch = 15.0
    lean = [pose_of(seen(yaw, pitch=pitch)) for yaw in (0.0, 180.0)]
    mended = pose_of(exchanged(seen(0.0, pitch=pitch), Exchange.WHOLE))

    def trunk(pose: PoseLandmarks) -> float:
        up = pose.world[11:13].mean(axis=0) - pose.world[23:25].mean(axis=0)
        return float(np.degrees(np.arctan2(up[2], -up[1])))

    assert trunk(lean[0]) < -10.0
    assert trunk(lean[1]) < -10.0
    assert trunk(mended) < 0.0


@pytest.mark.parametrize("exchange", list(Exchange))
@given(yaw=st.floats(-180.0, 180.0), pitch=st.floats(-30.0, 30.0))
def test_exchange_twice_is_the_pose_as_found(exchange: Exchange, yaw: float, pitch: float) -> None:
    found = seen(yaw, pitch=pitch)
    again = exchanged(exchanged(found, exchange), exchange)
    np.testing.assert_allclose(pose_of(again).image[:, :2], pose_of(found).image[:, :2])
    np.testing.assert_allclose(pose_of(again).visibility, pose_of(found).visibility)
    others = [i for i in range(33) if i not in MOVED[exchange]]
    np.testing.assert_allclose(pose_of(again).world[others], pose_of(found).world[others])


@pytest.mark.parametrize("exchange", list(Exchange))
def test_exchange_of_some_landmarks_leaves_the_others(exchange: Exchange) -> None:
    found = seen(20.0)
    after = exchanged(found, exchange)
    moved, mirror = MOVED[exchange], np.array(POSE_MIRROR)
    others = [i for i in range(33) if i not in moved]
    np.testing.assert_allclose(pose_of(after).image[moved, :2], pose_of(found).image[mirror[moved], :2])
    np.testing.assert_allclose(pose_of(after).image[others], pose_of(found).image[others])
    np.testing.assert_allclose(pose_of(after).world[others], pose_of(found).world[others])
    assert (after.left_hand is found.left_hand) == (exchange in (Exchange.NONE, Exchange.LEGS))


@pytest.mark.parametrize("exchange", list(Exchange))
def test_hands_of_an_exchanged_pose_are_at_its_wrists(exchange: Exchange) -> None:
    after = exchanged(seen(150.0), exchange)
    for hand, wrist in ((after.left_hand, 15), (after.right_hand, 16)):
        assert hand is not None
        np.testing.assert_allclose(hand.image[0, :2], pose_of(after).image[wrist, :2])
        np.testing.assert_allclose(hand.world[0], pose_of(after).world[wrist])


def test_track_exchanged_frame_by_frame_equals_its_frames_exchanged() -> None:
    exchanges = [Exchange.WHOLE, Exchange.NONE, Exchange.LEGS, Exchange.ARMS]
    frames = [seen(yaw) for yaw in (0.0, 30.0, 160.0, 200.0)]
    frames.append(Landmarks(1.0, 4, (1280, 720)))
    track = exchanged_track(LandmarkTrack.of(frames), np.array([*exchanges, Exchange.WHOLE]))
    one_by_one = LandmarkTrack.of(
        [exchanged(frame, each) for frame, each in zip(frames, [*exchanges, Exchange.WHOLE], strict=True)]
    )
    for name in ("pose_image", "pose_world", "visibility", "hand_image", "hand_world", "right_handed"):
        np.testing.assert_allclose(getattr(track, name), getattr(one_by_one, name), atol=1e-9, err_msg=name)

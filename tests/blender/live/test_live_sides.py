# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that exchanges left and right for some frames does not turn the character round."""

import numpy as np

from mimic.models.body import rotations as rot
from mimic.pipeline.solve.sides.exchange import Exchange, exchanged

FLICKER = (20, 21, 22, 23, 27, 30, 31)


def test_live_pose_while_the_network_exchanges_sides_stays_as_it_is(add_on, avatar, wave):
    from mimic.addon.live.pipeline import LivePipeline, LiveSettings
    from mimic.addon.live.target import Target

    target = Target(avatar)
    frames = [wave(i, i / 30.0, (640, 480), angle=0.2 + 0.01 * i) for i in range(40)]
    mistaken = [exchanged(frame, Exchange.WHOLE) if i in FLICKER else frame for i, frame in enumerate(frames)]
    turned = []
    for stream in (frames, mistaken):
        pipeline = LivePipeline(target.rig, target.rig_map, LiveSettings())
        poses = [pipeline.pose(frame) for frame in stream]
        turned.append(np.array([pose.rotations for pose in poses]))
    body = [i for i, bone in enumerate(poses[0].bones) if "Hand" not in bone or bone.endswith("Hand")]
    apart = np.degrees(rot.angle(rot.multiply(rot.conjugate(turned[0]), turned[1])))[:, body]
    assert apart[:20].max() < 0.01
    assert apart.max() < 15.0

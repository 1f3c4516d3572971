# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Mimic tab says of a live session's second camera."""

from ...pipeline.live.cameras import Stage
from ..layout import iface
from .second_camera import SecondCamera


def line_of(second: SecondCamera) -> tuple[str, str]:
    """Return the line that says how far both cameras are used, and the icon beside it."""
    state = second.state
    if second.alone:
        return iface("Camera {number} goes on alone").format(number=second.alone), "ERROR"
    if second.opening:
        return iface("Opening camera 2"), "TIME"
    if state.stage is Stage.WAITING:
        return iface("Step into view of both cameras"), "TIME"
    if state.stage is Stage.FINDING:
        return iface("Finding the cameras"), "TIME"
    if state.stage is Stage.FOUND:
        return iface("Both cameras are used"), "CHECKMARK"
    text = iface("Move about: {seconds:.0f} s to find cameras")
    return text.format(seconds=state.left), "TIME"

# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's network in ONNX Runtime, and the metadata in its file."""

import json
import math
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ....models import networks as networks_package
from ... import libraries
from ...errors import LifterMissing
from .frames import SOLVED, Rest
from .tokens import LifterInput

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = NDArray[np.float64]

FILE: Final = "lifter.onnx"
BODY_COUNT: Final = len(SOLVED)
"""Number of joints solved from the body's landmarks; `FINGER_COUNT` is that of the finger joints of one hand."""
FINGER_COUNT: Final = 15
_OUTPUTS: Final = ["correction", "finger_correction", "log_error", "finger_log_error", "shape"]
_METADATA: Final = {
    "rest_frames": (22, 3, 3),
    "rest_palms": (2, 3, 3),
    "rest_fingers": (15, 3, 3),
    "offsets": (33, 3),
    "calibration": (37, 2),
}
"""Shapes of the arrays in a lifter's metadata, which are stored as JSON lists."""
_MAX_OUTPUT: Final = 1e3
"""Replacement for an infinite output."""


@dataclass(frozen=True)
class LifterOutput:
    """The network's output for n frames.

    Attributes:
        correction: (n, 22, 6) corrections of the joints.
        fingers: (n, 2, 15, 6) corrections of the finger joints.
        error: (n, 22) expected remaining errors of the joints in radians.
        finger_error: (n, 2, 15) likewise of the finger joints.
        shape: (n, 6) the person's shape, Anny's phenotype parameters.
    """

    correction: Array
    fingers: Array
    error: Array
    finger_error: Array
    shape: Array


@dataclass(frozen=True)
class LifterNetwork:
    """The network with the data that its training produced.

    Attributes:
        session: the network in ONNX Runtime.
        rest: the rest frames relative to which its corrections are measured.
        offsets: (33, 3) metres from the body's own points to BlazePose's, in the frames of the joints that they move
            with, so that a posed body can be compared with landmarks.
        calibration: (37, 2) factors and exponents that convert the errors expected of 22 joints and 15 finger joints
            to the errors that were measured.
    """

    session: "InferenceSession"
    rest: Rest
    offsets: Array = field(default_factory=lambda: np.zeros((33, 3)))
    calibration: Array = field(default_factory=lambda: np.ones((37, 2)))

    def __call__(self, inputs: LifterInput) -> LifterOutput:
        """Run it on any number of frames."""
        feed = {
            "tokens": inputs.tokens,
            "hands": inputs.hands,
            "palms": inputs.palms,
            "base": inputs.base,
            "fingers": inputs.fingers,
        }
        values = self.session.run(_OUTPUTS, feed)
        # The sum is finite only if all values are.
        if not all(math.isfinite(x.sum()) for x in values):
            values = [np.nan_to_num(x, posinf=_MAX_OUTPUT, neginf=-_MAX_OUTPUT) for x in values]
        correction, fingers, body, hands, shape = values
        factor, power = self._powers
        log_error = np.concatenate([body, hands.reshape(len(body), 2 * FINGER_COUNT)], axis=1)
        error = factor * np.exp(power * np.minimum(np.maximum(log_error, -8.0), 2.0))
        return LifterOutput(
            correction=correction,
            fingers=fingers,
            error=error[:, :BODY_COUNT],
            finger_error=error[:, BODY_COUNT:].reshape(hands.shape),
            shape=np.minimum(np.maximum(shape, 0.0), 1.0),
        )

    @cached_property
    def _powers(self) -> Array:
        """(2, 52) the calibration, with the fingers of both hands."""
        return np.concatenate([self.calibration, self.calibration[BODY_COUNT:]]).T


def load(path: Path | None = None) -> LifterNetwork:
    """Load a lifter from a file; by default the lifter that comes with Mimic.

    Raises:
        LifterMissing: the file does not exist, or is not a lifter.
    """
    if path is None:
        return _bundled()
    return _load(path)


@cache
def _bundled() -> LifterNetwork:
    with resources.as_file(resources.files(networks_package) / FILE) as path:
        return _load(path)


def _load(path: Path) -> LifterNetwork:
    ort = libraries.load(libraries.ONNX_RUNTIME)
    from onnxruntime.capi import onnxruntime_pybind11_state as orte

    if not path.is_file():
        raise LifterMissing(f"The lifter “{path}” is missing: use the analytic solver, or train it with `mimic train`.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # ONNX Runtime's errors have no common base class of their own.
    faults = (orte.Fail, orte.InvalidArgument, orte.InvalidGraph, orte.InvalidProtobuf, orte.NoSuchFile)
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (*faults, orte.NotImplemented, orte.RuntimeException, RuntimeError) as fault:
        raise LifterMissing(
            f"“{path}” is not a network that ONNX Runtime can read: choose a lifter.onnx written by `mimic train`, or "
            "none to use the lifter that comes with Mimic."
        ) from fault
    values = session.get_modelmeta().custom_metadata_map
    if not _METADATA.keys() <= values.keys() or not {output.name for output in session.get_outputs()} >= set(_OUTPUTS):
        raise _incompatible(path)
    try:
        read = {key: np.array(json.loads(values[key]), dtype=float).reshape(shape) for key, shape in _METADATA.items()}
    except (ValueError, TypeError, RecursionError) as fault:
        raise _incompatible(path) from fault
    rest = Rest(read["rest_frames"], read["rest_palms"], read["rest_fingers"])
    return LifterNetwork(session, rest, read["offsets"], read["calibration"])


def _incompatible(path: Path) -> LifterMissing:
    return LifterMissing(
        f"“{path}” is not a lifter of this version of Mimic: train it again with `mimic train`, or choose none to use "
        "the lifter that comes with Mimic."
    )

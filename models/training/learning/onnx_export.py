# SPDX-License-Identifier: GPL-3.0-or-later
"""Export the trained lifter as an ONNX file, with the data that the pipeline needs as metadata."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve.lifter.frames import SOLVED, Rest
from ..pairs.dataset import trained_body
from .network import FINGERS, Lifter
from .onnx_graph import model_of


def export(
    network: Lifter,
    offsets: NDArray[np.float64],
    target: Path,
    *,
    record: dict[str, object],
    calibration: NDArray[np.float64] | None = None,
) -> None:
    """Write the network with `network.INPUTS` and `network.OUTPUTS` for any number of frames, in half precision.

    Args:
        network: the network in evaluation mode.
        offsets: (33, 3) the result of `landmark_offsets.measure_offsets`.
        target: path of the `.onnx` file.
        record: the record of its training, stored in the metadata.
        calibration: (37, 2) factors and powers that calibrate the errors of 22 joints and 15 finger joints, or None.
    """
    import onnx

    model = model_of(network)
    rest = Rest.of(trained_body(offsets))
    metadata = {
        "rest_frames": rest.frames,
        "rest_palms": rest.palms,
        "rest_fingers": rest.fingers,
        "offsets": offsets,
        "calibration": np.ones((len(SOLVED) + FINGERS, 2)) if calibration is None else calibration,
    }
    encoded = {name: json.dumps(np.round(values, 9).ravel().tolist()) for name, values in metadata.items()}
    onnx.helper.set_model_props(model, encoded | {"record": json.dumps(record, sort_keys=True)})
    onnx.save(model, str(target))

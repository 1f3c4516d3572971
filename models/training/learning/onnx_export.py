# SPDX-License-Identifier: GPL-3.0-or-later
"""The trained lifter as an ONNX file, with what the pipeline must know of it in its metadata."""

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
    """Write the network, `network.INPUTS` and `network.OUTPUTS`, any number of frames; weights in half precision.

    Args:
        network: in evaluation mode.
        offsets: (33, 3) of `landmark_offsets.measure_offsets`.
        target: the `.onnx` file.
        record: of its training, kept in the file's metadata.
        calibration: (37, 2) factor and power that make the errors it expects of 22 joints and 15 finger joints those it
            makes, or None for none.
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

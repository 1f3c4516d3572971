# SPDX-License-Identifier: GPL-3.0-or-later
"""The trained lifter as an ONNX file, with what the pipeline must know of it in its metadata."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ...pipeline import lifter_tokens as lt
from .dataset import trained_body
from .network import FINGERS, HAND_POINTS, INPUTS, OUTPUTS, POINTS, Lifter

OPSET: Final = 17
_KEPT: Final = 64
"""Tensors of fewer numbers than this stay in full precision: they cost nothing."""


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
        offsets: (33, 3) of `conventions.measure`.
        target: the `.onnx` file.
        record: of its training, kept in the file's metadata.
        calibration: (37, 2) factor and power that make the errors it expects of 22 joints and 15 finger joints those it
            makes, or None for none.
    """
    import onnx

    joints = len(lt.SOLVED)
    eye = torch.eye(3)
    example = (
        torch.zeros(2, POINTS, lt.FEATURES),
        torch.zeros(2, 2, HAND_POINTS, lt.HAND_FEATURES),
        torch.zeros(2, 2, lt.PALM_FEATURES),
        eye.expand(2, joints, 3, 3).contiguous(),
        eye.expand(2, 2, FINGERS, 3, 3).contiguous(),
    )
    names = {"input_names": list(INPUTS), "output_names": list(OUTPUTS)}
    frames = {name: {0: "frames"} for pair in names.values() for name in pair}
    torch.onnx.export(network, example, str(target), opset_version=OPSET, dynamic_axes=frames, dynamo=False, **names)
    model = onnx.load(str(target))
    _halve(model)
    rest = lt.Rest.of(trained_body(offsets))
    told = {
        "rest_frames": rest.frames,
        "rest_palms": rest.palms,
        "rest_fingers": rest.fingers,
        "offsets": offsets,
        "calibration": np.ones((joints + FINGERS, 2)) if calibration is None else calibration,
    }
    written = {name: json.dumps(np.round(values, 9).ravel().tolist()) for name, values in told.items()}
    onnx.helper.set_model_props(model, written | {"record": json.dumps(record, sort_keys=True)})
    onnx.save(model, str(target))


def _halve(model: Any) -> None:
    """Keep large weights in half precision; a Cast makes them whole again when the file is loaded."""
    import onnx
    from onnx import numpy_helper

    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _KEPT:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The trained lifter as an ONNX file, with what the pipeline must know of it in its metadata."""

import json
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ...pipeline import lifter_tokens as lt
from .dataset import trained_body
from .network import POINTS, Lifter

OPSET: Final = 17


def export(network: Lifter, offsets: NDArray[np.float64], target: Path, *, record: dict[str, object]) -> None:
    """Write the network: inputs `tokens` and `base`, outputs `correction` and `log_error`, any number of frames.

    Args:
        network: in evaluation mode.
        offsets: (33, 3) of `conventions.measure`.
        target: the `.onnx` file.
        record: of its training, kept in the file's metadata.
    """
    import onnx

    joints = len(lt.SOLVED)
    example = torch.zeros(2, POINTS, lt.FEATURES), torch.eye(3).expand(2, joints, 3, 3).contiguous()
    names = {"input_names": ["tokens", "base"], "output_names": ["correction", "log_error"]}
    frames = {name: {0: "frames"} for pair in names.values() for name in pair}
    torch.onnx.export(network, example, str(target), opset_version=OPSET, dynamic_axes=frames, dynamo=False, **names)
    model = onnx.load(str(target))
    rest = lt.rest_frames(trained_body(offsets))
    told = {
        "rest_frames": json.dumps(np.round(rest, 9).ravel().tolist()),
        "offsets": json.dumps(np.round(offsets, 9).ravel().tolist()),
        "record": json.dumps(record, sort_keys=True),
    }
    onnx.helper.set_model_props(model, told)
    onnx.save(model, str(target))

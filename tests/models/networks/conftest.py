# SPDX-License-Identifier: GPL-3.0-or-later
"""A network small enough to build in a test, and a catalogue that contains it alone."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models.networks import catalogue, files
from mimic.models.networks.catalogue import Client, Network, Output, Package
from mimic.models.networks.convert import tflite_file
from mimic.models.networks.convert.graph import Graph, Operator, Tensor
from mimic.models.networks.convert.write import emit

Array = NDArray[Any]
SAME_SIZE = {
    "padding": 0,
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": 0,
}


@dataclass
class Builder:
    """Builds a graph with one input, operator by operator."""

    input_shape: tuple[int, ...]

    def __post_init__(self) -> None:
        self.tensors = [Tensor("picture", self.input_shape)]
        self.operators: list[Operator] = []

    def constant(self, data: Array) -> int:
        self.tensors.append(Tensor(f"constant{len(self.tensors)}", data.shape, data))
        return len(self.tensors) - 1

    def add(self, kind: str, inputs: list[int], shape: tuple[int, ...], **options: Any) -> int:
        self.tensors.append(Tensor(f"value{len(self.tensors)}", shape))
        output = len(self.tensors) - 1
        self.operators.append(Operator(kind, tuple(inputs), (output,), options))
        return output

    def graph(self, *outputs: int) -> Graph:
        return Graph("tiny", tuple(self.tensors), tuple(self.operators), (0,), outputs)


@pytest.fixture(scope="session")
def build() -> type[Builder]:
    return Builder


@pytest.fixture(scope="session")
def run() -> Callable[[Graph, Array], Array]:
    """Convert a graph with one output to ONNX and run it."""

    def in_onnx(graph: Graph, picture: Array) -> Array:
        import onnxruntime

        model = emit(graph, ["result"]).SerializeToString()
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        return np.asarray(session.run(["result"], {"input": picture})[0])

    return in_onnx


def _tiny_graph() -> Graph:
    """A miniature pose network: one convolution to landmarks, another to a segmentation."""
    random = np.random.default_rng(3)
    builder = Builder((1, 4, 4, 3))
    results = []
    for _ in range(2):
        stored = builder.constant(random.normal(size=(5, 3, 3, 3)).astype(np.float16))
        weights = builder.add("DEQUANTIZE", [stored], (5, 3, 3, 3))
        bias = builder.constant(random.normal(size=5).astype(np.float32))
        results.append(builder.add("CONV_2D", [0, weights, bias], (1, 4, 4, 5), **SAME_SIZE))
    return builder.graph(*results)


@pytest.fixture(scope="session")
def tiny_file() -> bytes:
    """A .tflite file with the outputs value4 and value8."""
    return tflite_file.write(_tiny_graph())


@pytest.fixture
def tiny(tiny_file: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A catalogue of one network, from a package that exists in no registry, and an empty networks folder."""
    network = Network(
        name="tiny",
        package=Package(Client.PIP, "mimic-no-such-package", "1.0", "Apache-2.0", ()),
        path="somewhere/tiny.tflite",
        sha256=hashlib.sha256(tiny_file).hexdigest(),
        shape=(1, 4, 4, 3),
        value_range=(0.0, 1.0),
        outputs={
            "landmarks": Output("value4", (1, 4, 4, 5), probability=False, segmentation=False),
            "segmentation": Output("value8", (1, 4, 4, 5), probability=False, segmentation=True),
        },
    )
    monkeypatch.setattr(catalogue, "load", lambda: {"tiny": network})
    monkeypatch.setenv("MIMIC_MODELS", str(tmp_path / "networks"))
    files._sha256_once.cache_clear()
    return network

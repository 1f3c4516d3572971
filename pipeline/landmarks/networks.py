# SPDX-License-Identifier: GPL-3.0-or-later
"""The converted networks in ONNX Runtime, loaded once and shared."""

import os
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from ...models.networks import files
from .. import libraries
from ..errors import ProviderUnavailable
from .data import Floats
from .settings import HolisticSettings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_loading: Final = Lock()


def needed(settings: HolisticSettings) -> tuple[str, ...]:
    """Names of the networks that these settings use."""
    names = ["pose_detection", f"pose_landmark_{settings.model}"]
    if settings.hands:
        names += ["hand_recrop", "hand_landmark_full"]
    if settings.face:
        mesh = "face_landmark_with_attention" if settings.attention else "face_landmark"
        names += ["face_detection_short_range", mesh]
    return tuple(names)


def spare_threads() -> int:
    """How many threads pay: one for each two logical cores, as hands, face and a pose are four pieces of work."""
    return max(2, min(4, (os.cpu_count() or 1) // 2))


class Network:
    """One network; calling it is safe from any thread, so that both hands share one copy of the weights."""

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._outputs = [output.name for output in session.get_outputs()]

    def __call__(self, image: Floats) -> dict[str, Floats]:
        """Outputs by their names in the catalogue, for an input (1, S, S, 3) float32."""
        return dict(zip(self._outputs, self._session.run(self._outputs, {self._input: image}), strict=True))


def load(name: str, *, provider: str = "cpu", threads: int = 1) -> Network:
    """The network of a name in the catalogue, loaded on first use.

    Raises:
        ModelMissing, ModelAltered: see `models.files.network_path`.
        LibraryMissing, LibraryUnfit: ONNX Runtime cannot be used.
        ProviderUnavailable: this ONNX Runtime cannot run on `provider`.
    """
    with _loading:
        return _load(name, provider, threads)


@cache
def _load(name: str, provider: str, threads: int) -> Network:
    ort = libraries.load(libraries.ONNX_RUNTIME)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Frames and hands are spread over threads by us. Threads that spin while they wait take the cores from each
    # other's sessions: 83 ms a frame in place of 31 on two cores.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    path = files.network_path(name)
    return Network(ort.InferenceSession(str(path), options, providers=_providers(provider)))


def _providers(wanted: str) -> list[str]:
    """ONNX Runtime's names of the wanted provider and, after it, the CPU for what it cannot run."""
    ort = libraries.load(libraries.ONNX_RUNTIME)
    available = {name.removesuffix("ExecutionProvider").lower(): name for name in ort.get_available_providers()}
    names = {"directml": "dml"}
    key = names.get(wanted.lower(), wanted.lower())
    if key not in available:
        choice = ", ".join(sorted(available))
        raise ProviderUnavailable(f"The networks cannot run on '{wanted}' here: choose one of {choice}.")
    return list(dict.fromkeys([available[key], available["cpu"]]))

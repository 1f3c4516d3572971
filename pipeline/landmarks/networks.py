# SPDX-License-Identifier: GPL-3.0-or-later
"""The converted networks in ONNX Runtime, each loaded once and shared."""

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
    """Return the names of the networks that these settings need."""
    names = ["pose_detection", f"pose_landmark_{settings.model}"]
    if settings.hands:
        names += ["hand_recrop", "hand_landmark_full"]
    if settings.face:
        mesh = "face_landmark_with_attention" if settings.attention else "face_landmark"
        names += ["face_detection_short_range", mesh]
        names += ["face_blendshapes"] if settings.attention else []
    return tuple(names)


def spare_threads() -> int:
    """Return the useful number of threads: half the logical cores, 2 to 4, for the pose, two hands and the face."""
    return max(2, min(4, (os.cpu_count() or 1) // 2))


class Network:
    """One network, callable from any thread, so that both hands share one copy of the weights."""

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._outputs = [output.name for output in session.get_outputs()]

    def __call__(self, image: Floats) -> dict[str, Floats]:
        """Run it on an input of the shape in the catalogue, float32, and return its outputs by their names there."""
        return dict(zip(self._outputs, self._session.run(self._outputs, {self._input: image}), strict=True))


def load(name: str, *, provider: str = "cpu", threads: int = 1) -> Network:
    """Return the network with this name in the catalogue, loading it on first use.

    Raises:
        ModelMissing, ModelAltered: see `models.networks.files.network_path`.
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
    # Frames and hands already run in parallel threads here. Threads that spin while they wait would take the cores
    # from other sessions: 83 ms per frame instead of 31 on two cores.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    path = files.network_path(name)
    return Network(ort.InferenceSession(str(path), options, providers=_providers(provider)))


def _providers(wanted: str) -> list[str]:
    """Return ONNX Runtime's names of the wanted provider, followed by the CPU for operators that it cannot run."""
    ort = libraries.load(libraries.ONNX_RUNTIME)
    available = {name.removesuffix("ExecutionProvider").lower(): name for name in ort.get_available_providers()}
    names = {"directml": "dml"}
    key = names.get(wanted.lower(), wanted.lower())
    if key not in available:
        choice = ", ".join(sorted(available))
        raise ProviderUnavailable(f"The networks cannot run on '{wanted}' on this machine: choose one of {choice}.")
    return list(dict.fromkeys([available[key], available["cpu"]]))

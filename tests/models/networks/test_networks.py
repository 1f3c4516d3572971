# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue, the folder of networks, and the real networks against TFLite."""

import subprocess
import sys
from pathlib import Path

import pytest

from mimic.models.networks import catalogue, files, verify
from mimic.models.networks.catalogue import Network
from mimic.models.networks.convert import write
from mimic.models.networks.errors import ModelAltered, ModelMissing
from mimic.models.networks.files import Converted

NAMES = (
    "pose_detection",
    "pose_landmark_lite",
    "pose_landmark_full",
    "pose_landmark_heavy",
    "palm_detection_full",
    "hand_landmark_full",
    "hand_recrop",
    "face_detection_short_range",
    "face_landmark",
    "face_landmark_with_attention",
    "face_blendshapes",
)


@pytest.fixture
def installed(tiny: Network, tiny_file: bytes) -> Network:
    converted = write.convert(tiny_file, "tiny", {"landmarks": "value4"})
    files.write_whole(files.onnx_path("tiny"), converted)
    files.write_whole(files.original_path("tiny"), tiny_file)
    files.record({"tiny": Converted(files.sha256(files.onnx_path("tiny")), tiny.sha256, write.VERSION)})
    return tiny


def test_catalogue_names_every_network_with_hash_licence_range_and_size() -> None:
    networks = catalogue.load()
    assert tuple(networks) == NAMES
    for network in networks.values():
        assert len(bytes.fromhex(network.sha256)) == 32
        assert network.package.licence == "Apache-2.0"
        if network.name != "face_blendshapes":
            assert network.value_range in ((0.0, 1.0), (-1.0, 1.0))
            assert network.shape[1] in (64, 128, 192, 224, 256)
            assert network.shape == (1, network.shape[1], network.shape[1], 3)
    assert networks["face_blendshapes"].shape == (1, 146, 2)
    assert [network.name for network in networks.values() if network.batched] == ["face_blendshapes"]
    full = networks["pose_landmark_full"]
    assert list(full.wanted()) == ["landmarks", "score", "heatmap", "world"]
    assert "segmentation" in full.wanted(with_segmentation=True)


def test_networks_folder_follows_the_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMIC_MODELS", str(tmp_path))
    assert files.networks_folder() == tmp_path
    monkeypatch.delenv("MIMIC_MODELS")
    assert files.networks_folder() == Path(files.__file__).resolve().parent


def test_importing_the_networks_modules_loads_no_heavy_library() -> None:
    code = (
        "import sys; from mimic.models.networks import catalogue, fetch, files, verify; catalogue.load(); "
        "print([m for m in ('onnx', 'onnxruntime', 'tflite', 'flatbuffers', 'ai_edge_litert') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_path_of_a_missing_network_is_an_error_that_says_how_to_fetch(tiny: Network) -> None:
    with pytest.raises(ModelMissing, match=r"The network tiny is not in .*: run `mimic models fetch`"):
        files.network_path("tiny")


def test_path_of_an_altered_network_is_an_error_that_says_how_to_fetch(installed: Network) -> None:
    files.onnx_path("tiny").write_bytes(b"altered")
    with pytest.raises(ModelAltered, match=r"tiny\.onnx has changed since it was installed: run `mimic models fetch`"):
        files.network_path("tiny")


def test_network_altered_after_its_first_hash_is_not_hashed_again(installed: Network) -> None:
    path = files.network_path("tiny")
    path.write_bytes(b"altered while we run")
    assert files.network_path("tiny") == path


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"tiny": {}}', '{"tiny": 3}'])
def test_broken_list_of_installed_networks_is_an_error_that_says_how_to_mend(installed: Network, text: str) -> None:
    (files.networks_folder() / files.MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(ModelAltered, match=r"networks\.json cannot be read: delete it and run `mimic models fetch`"):
        files.installed()


def test_network_with_a_deleted_file_is_not_listed_as_installed(installed: Network) -> None:
    assert set(files.installed()) == {"tiny"}
    files.onnx_path("tiny").unlink()
    assert files.installed() == {}


def test_failed_atomic_write_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        files.write_whole(tmp_path / "folder", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_verify_of_a_right_network_compares_every_output(installed: Network) -> None:
    pytest.importorskip("ai_edge_litert")
    comparisons = verify.verify()
    assert [(c.output, c.picture) for c in comparisons] == [("landmarks", "random"), ("landmarks", "picture")]
    assert all(c.ok for c in comparisons)


def test_verify_of_a_wrong_network_reports_a_difference(installed: Network, tiny_file: bytes) -> None:
    pytest.importorskip("ai_edge_litert")
    wrong = write.convert(tiny_file, "tiny", {"landmarks": "value8"})
    assert not any(c.ok for c in verify.compare(installed, converted=wrong, original=tiny_file))


def test_verify_without_networks_is_refused(tiny: Network) -> None:
    pytest.importorskip("ai_edge_litert")
    with pytest.raises(ModelMissing, match=r"There are no networks in .*: run `mimic models fetch` first"):
        verify.verify()


def test_verify_without_the_right_original_is_refused(installed: Network) -> None:
    pytest.importorskip("ai_edge_litert")
    files.original_path("tiny").write_bytes(b"altered")
    with pytest.raises(ModelAltered, match=r"The original .* has changed"):
        verify.verify()
    files.original_path("tiny").unlink()
    with pytest.raises(ModelMissing, match="The original of tiny is not at"):
        verify.verify(["tiny"])


def test_verify_without_tflites_interpreter_is_refused(installed: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "can_compare", lambda: False)
    with pytest.raises(ModelMissing, match="Comparing needs TFLite's interpreter"):
        verify.verify()


@pytest.mark.slow
@pytest.mark.networks
@pytest.mark.parametrize("name", NAMES)
def test_converted_network_gives_the_outputs_of_its_original(name: str, networks: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    if not (networks / f"{name}.onnx").is_file() or not files.original_path(name).is_file():
        pytest.skip(f"needs {name}: run `mimic models fetch` first")
    comparisons = verify.verify([name])
    assert {c.output for c in comparisons} >= set(catalogue.load()[name].wanted())
    assert [c for c in comparisons if not c.ok] == []

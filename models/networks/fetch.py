# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch networks: download, check the hash, convert, verify and store."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ...errors import listed
from . import catalogue, files, packages, verify
from .catalogue import Network, Package
from .convert.write import VERSION, convert
from .errors import FetchFailed
from .files import Converted

Progress = Callable[[str, float], None]
"""Called with a description of the current step, and the fraction of the whole that is done (0..1)."""

DOWNLOAD_SHARE: Final = 0.7
"""Fraction of the progress that is for downloads: about 75 MB, compared with some seconds of conversion."""


@dataclass(frozen=True)
class Fetched:
    """The result of `fetch`."""

    converted: tuple[str, ...]
    kept: tuple[str, ...]
    """Networks that were installed already, unchanged and made by this version of the converter."""


def _silent(_what: str, _share: float) -> None:
    """Ignore progress."""


def fetch(
    names: Iterable[str] = (),
    *,
    source_files: Sequence[Path] = (),
    with_segmentation: bool = False,
    progress: Progress = _silent,
) -> Fetched:
    """Install networks for ONNX Runtime; those that are installed already are kept.

    Args:
        names: networks in the catalogue; by default all of them, or with ``source_files`` all that these contain.
        source_files: wheels, npm archives or .tflite files from which to take the networks, instead of downloading.
        with_segmentation: keep the pose networks' segmentation output, which takes almost half their time.
        progress: called with a description and the fraction done.

    Raises:
        UnknownNetwork: a name is not in the catalogue.
        FetchFailed: a network could not be fetched; raised after all others were fetched.
        ModelAltered: a downloaded file is not the one in the catalogue.
        UnknownOperator: a network cannot be converted to ONNX.
        ConversionWrong: a converted network differs from its original.
    """
    _require_converter()
    names = list(names)
    installed = files.installed()
    chosen = catalogue.select(names)
    pending = [n for n in chosen if not _ready(n, installed.get(n.name), with_segmentation=with_segmentation)]
    originals, failures = _originals(pending, source_files, progress)
    converted: list[str] = []
    for network in (n for n in pending if n.name in originals):
        share = DOWNLOAD_SHARE + (1 - DOWNLOAD_SHARE) * len(converted) / len(pending)
        progress(f"converting {network.name}", share)
        _install(network, originals[network.name], with_segmentation=with_segmentation)
        converted.append(network.name)
    progress("done", 1.0)
    missing = [network.name for network in pending if network.name not in originals]
    kept = tuple(network.name for network in chosen if network not in pending)
    if missing and not failures and (names or not (converted or kept)):
        failures.append(f"The given files do not contain {listed(missing)}: choose the packages that do with `--from`.")
    if failures:
        raise FetchFailed(_with_ready(failures, [*kept, *converted]))
    return Fetched(converted=tuple(converted), kept=kept)


def _require_converter() -> None:
    missing = [module for module in ("flatbuffers", "onnx", "tflite") if find_spec(module) is None]
    if missing:
        raise FetchFailed(
            f"Converting networks needs {listed(missing)}: install it with `pip install 'mimic[convert]'`, or copy "
            "the networks folder from another machine."
        )


def _ready(network: Network, entry: Converted | None, *, with_segmentation: bool) -> bool:
    """Whether the network is installed, unchanged, and made from the right file by this version of the converter."""
    if entry is None or (entry.tflite_sha256, entry.converter) != (network.sha256, VERSION):
        return False
    has_segmentation = any(output.segmentation for output in network.outputs.values())
    if has_segmentation and entry.with_segmentation != with_segmentation:
        return False
    return files.sha256(files.onnx_path(network.name)) == entry.onnx_sha256


def _originals(
    networks: Sequence[Network], source_files: Sequence[Path], progress: Progress
) -> tuple[dict[str, bytes], list[str]]:
    """Return the .tflite files by network, from the given files, stored ones or downloads, and the failures."""
    if source_files:
        return packages.extract(source_files, networks), []
    found = {network.name: content for network in networks if (content := _stored_original(network)) is not None}
    failures: list[str] = []
    without_original = [network for network in networks if network.name not in found]
    needed: list[Package] = list(dict.fromkeys(network.package for network in without_original))
    for number, package in enumerate(needed):
        progress(f"downloading {package.name} {package.version}", DOWNLOAD_SHARE * number / len(needed))
        wanted = [network for network in without_original if network.package == package]
        try:
            found |= _download(package, wanted)
        except FetchFailed as failure:
            failures.append(f"{failure}")
    return found, failures


def _download(package: Package, networks: Sequence[Network]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="mimic-") as folder:
        archive = packages.download(package, Path(folder))
        found = packages.extract([archive], networks)
    for network in networks:
        if network.name not in found:
            raise FetchFailed(f"{package.name} {package.version} does not contain {network.path}: please report this.")
    return found


def _stored_original(network: Network) -> bytes | None:
    path = files.original_path(network.name)
    if not path.is_file():
        return None
    content = path.read_bytes()
    return content if hashlib.sha256(content).hexdigest() == network.sha256 else None


def _install(network: Network, original: bytes, *, with_segmentation: bool) -> None:
    outputs = network.wanted(with_segmentation=with_segmentation)
    tensors = {name: output.tensor for name, output in outputs.items()}
    converted = convert(original, network.name, tensors, channel_block=network.channel_block, batched=network.batched)
    verify.check(network, converted=converted, original=original)
    files.write_whole(files.original_path(network.name), original)
    files.write_whole(files.onnx_path(network.name), converted)
    entry = Converted(
        onnx_sha256=hashlib.sha256(converted).hexdigest(),
        tflite_sha256=network.sha256,
        converter=VERSION,
        with_segmentation=any(output.segmentation for output in outputs.values()),
    )
    files.record({**files.installed(), network.name: entry})


def _with_ready(failures: Sequence[str], done: Sequence[str]) -> str:
    """Join failures to one message, which also names the networks that are ready."""
    ready = f" ({listed(done)} {'is' if len(done) == 1 else 'are'} ready.)" if done else ""
    return " ".join(failures) + ready

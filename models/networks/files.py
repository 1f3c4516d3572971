# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the converted networks: their location, and checking that they are unchanged."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

from .errors import ModelAltered, ModelMissing

MANIFEST: Final = "networks.json"


@dataclass(frozen=True)
class Converted:
    """An entry in the manifest: SHA-256 of a converted network and of its original, and version of the converter."""

    onnx_sha256: str
    tflite_sha256: str
    converter: int
    with_segmentation: bool = False


def networks_folder() -> Path:
    """Return the folder of the converted networks: ``$MIMIC_MODELS`` if set, else this folder."""
    chosen = os.environ.get("MIMIC_MODELS")
    return Path(chosen) if chosen else Path(__file__).resolve().parent


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed() -> dict[str, Converted]:
    """Return the manifest's entries whose files exist, by the networks' names. Hashes are not checked here.

    Raises:
        ModelAltered: the manifest cannot be read.
    """
    folder = networks_folder()
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        listed = {str(name): Converted(**entry) for name, entry in entries.items()}
    except (json.JSONDecodeError, AttributeError, TypeError, UnicodeDecodeError) as error:
        raise ModelAltered(f"The list of networks {path} cannot be read: delete it and {remedy()}.") from error
    return {name: entry for name, entry in listed.items() if onnx_path(name).is_file()}


def manifest_text(entries: dict[str, Converted]) -> str:
    """Return the text of a manifest."""
    return json.dumps({name: asdict(entry) for name, entry in sorted(entries.items())}, indent=1) + "\n"


def record(entries: dict[str, Converted]) -> None:
    """Write the manifest, atomically."""
    write_whole(networks_folder() / MANIFEST, manifest_text(entries).encode())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a new, empty file beside `path`, which replaces `path` if the block succeeds and is deleted otherwise.

    If the block deletes the file, `path` stays unchanged. The replacement is atomic.

    Raises:
        OSError: the file cannot be created, or cannot replace `path`.
    """
    # Not tempfile, whose files are private: the usual permissions depend on the umask, which a thread cannot read
    # without changing it for the whole process.
    part = path.absolute().with_name(f".{path.stem}-{secrets.token_hex(6)}{path.suffix}")
    part.touch(exist_ok=False)
    try:
        yield part
        if part.exists():
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically, and create its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_bytes(data)


def remedy() -> str:
    """Return how to restore networks, as the end of a sentence; the extension's zip contains them."""
    if __name__.startswith("bl_ext.") and not os.environ.get("MIMIC_MODELS"):
        return "reinstall Mimic from its zip"
    return "run `mimic models fetch`"


def onnx_path(name: str) -> Path:
    """Return the path of a converted network."""
    return networks_folder() / f"{name}.onnx"


def original_path(name: str) -> Path:
    """Return the path of a network's .tflite file, which is kept for `verify` and for conversion by later versions."""
    return networks_folder() / "originals" / f"{name}.tflite"


def network_path(name: str) -> Path:
    """Return the path of a converted network, after checking its hash once per process.

    Raises:
        ModelMissing: the network is not installed.
        ModelAltered: the file has changed since it was installed.
    """
    path = onnx_path(name)
    entry = installed().get(name)
    if entry is None:
        raise ModelMissing(f"The network {name} is not in {path.parent}: {remedy()}.")
    if _sha256_once(path) != entry.onnx_sha256:
        raise ModelAltered(f"The network {path} has changed since it was installed: {remedy()}.")
    return path


@cache
def _sha256_once(path: Path) -> str:
    return sha256(path)

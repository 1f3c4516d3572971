# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house: who may import whom, and what every file keeps to."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMAND_LINE = ROOT / "addon" / "command_line"
LAYERS = ("addon", "models", "pipeline", "retarget")
BLENDER = {"bpy", "bmesh", "mathutils", "gpu", "gpu_extras", "blf", "bl_ui", "bl_math", "idprop", "imbuf", "aud"}
HEAVY = {"bpy", "cv2", "onnx", "onnxruntime", "torch", "anny", "tflite", "scipy"}
CONTAINERS = {"deque", "dict", "list", "set", "defaultdict", "OrderedDict", "WeakValueDictionary"}
LONGEST = 400
LICENCE = "# SPDX-License-Identifier: GPL-3.0-or-later"

# What each folder may import of the package, beside errors.py, which all may.
ALLOWED = {
    "": ("addon",),
    "errors.py": (),
    "api.py": LAYERS,
    "addon": LAYERS,
    "models": ("models",),
    "models/body": ("models.body",),
    "models/networks": ("models.networks",),
    # Training lets the real networks and solvers make its samples, and measures what bakes get; nothing imports it.
    "models/training": ("models", "pipeline", "retarget"),
    "pipeline": ("pipeline", "models.body", "models.networks"),
    "retarget": ("retarget.errors", "models.body"),
    "retarget/rig": ("retarget.rig", "retarget.errors", "models.body"),
    "retarget/face": ("retarget.face", "retarget.rig", "retarget.motion", "retarget.errors", "models.body"),
    "retarget/motion": ("retarget.motion", "retarget.rig", "retarget.errors", "models.body"),
    "retarget/transfer": ("retarget", "models.body"),
}


def package_modules() -> list[Path]:
    modules = [path for layer in LAYERS for path in (ROOT / layer).rglob("*.py")]
    return sorted([*ROOT.glob("*.py"), *modules])


def python_files() -> list[Path]:
    return sorted([*package_modules(), *(ROOT / "tests").rglob("*.py")])


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(source: str, *, path: str) -> Iterator[str]:
    """Yield what a module imports: `.models.body` for the package's own, `numpy` for others."""
    package = Path(path).parent.parts
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(("", *package[: len(package) - node.level + 1], *(node.module or "").split(".")))
            # `from ..models import files` imports the module files; `from ..models.files import find` does not.
            yield from (f"{base.rstrip('.')}.{alias.name}" for alias in node.names)


def within(module: str, allowed: tuple[str, ...]) -> bool:
    return any(module == f".{prefix}" or module.startswith(f".{prefix}.") for prefix in allowed)


def breaches(source: str, *, path: str) -> list[str]:
    """Return the imports of a module that its layer is not allowed."""
    folder = max((f for f in ALLOWED if not f or path == f or path.startswith(f"{f}/")), key=len)
    found = []
    for module in imported(source, path=path):
        own = module.startswith(".")
        if own and not within(module, ("errors", *ALLOWED[folder])):
            found.append(module)
        top = module.split(".")[0]
        if top == "mimic" or (top in BLENDER and folder != "addon"):
            found.append(module)
    return found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("errors.py", "from .models.body import joints"),
        ("pipeline/landmarks/holistic.py", "import bpy"),
        ("retarget/transfer/plan.py", "def f():\n    from mathutils import Matrix"),
        ("models/networks/fetch.py", "import bpy.types"),
        ("models/networks/fetch.py", "from ..body import joints"),
        ("models/networks/files.py", "from ...addon import registration"),
        ("models/body/model.py", "from ...pipeline.solve import axes"),
        ("pipeline/landmarks/holistic.py", "from ...retarget import rig"),
        ("pipeline/solve/lifter/solver.py", "from ....models.training.learning import network"),
        ("retarget/rig/maps/__init__.py", "from ....pipeline.solve.axes import to_blender"),
        ("retarget/rig/rig.py", "from ... import pipeline"),
        ("retarget/rig/rest.py", "from ..motion.root import ground"),
        ("retarget/motion/polish.py", "from ..transfer.proportions import with_proportions"),
        ("addon/bake/apply.py", "import mimic.pipeline"),
    ],
)
def test_import_against_the_design_is_reported(path: str, source: str) -> None:
    assert breaches(source, path=path)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("pipeline/errors.py", "from ..errors import MimicError"),
        ("pipeline/sources/errors.py", "from ...errors import MimicError"),
        ("pipeline/solve/analytic/solver.py", "from ...landmarks.data import LandmarkTrack"),
        ("pipeline/landmarks/networks.py", "from ...models.networks import files"),
        ("retarget/transfer/plan.py", "from ...models.body import joints\nfrom ..rig.rig import Rig"),
        ("addon/bake/apply.py", "import bpy\nfrom ...pipeline.takes.take import Take\nfrom ...retarget.rig import rig"),
        ("__main__.py", "from .addon.command_line import main"),
    ],
)
def test_import_within_the_design_is_not_reported(path: str, source: str) -> None:
    assert breaches(source, path=path) == []


@pytest.mark.parametrize("path", package_modules(), ids=name)
def test_module_imports_only_the_layers_below(path: Path) -> None:
    assert breaches(path.read_text(encoding="utf-8"), path=name(path)) == []


def changeable(source: str) -> list[int]:
    """Lines at which a module holds something that is to change: `global`, nothing yet, or an empty container."""
    tree = ast.parse(source)
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)]
    for node in tree.body:
        value = getattr(node, "value", None) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        empty = (
            (isinstance(value, ast.Constant) and value.value is None)
            or (isinstance(value, (ast.List, ast.Set)) and not value.elts)
            or (isinstance(value, ast.Dict) and not value.keys)
            or (isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1] in CONTAINERS and not value.args)
        )
        if empty:
            lines.append(node.lineno)
    return lines


@pytest.mark.parametrize(
    "source",
    ["_jobs: Final[deque[Job]] = deque()", "_shown = None", "_known: dict[int, str] = {}", "def f():\n    global _x"],
)
def test_changeable_state_of_a_module_is_seen(source: str) -> None:
    assert changeable(source)


@pytest.mark.parametrize("path", sorted((ROOT / "addon").rglob("*.py")), ids=name)
def test_add_on_module_other_than_the_runtime_holds_nothing_that_changes(path: Path) -> None:
    if path != ROOT / "addon" / "runtime.py":
        assert changeable(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", python_files(), ids=name)
def test_python_file_names_its_licence_and_is_short_enough(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert LICENCE in lines[:2]
    assert len(lines) <= LONGEST


@pytest.mark.parametrize("path", [p for p in python_files() if COMMAND_LINE not in p.parents], ids=name)
def test_module_outside_the_command_line_does_not_print(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


@pytest.mark.parametrize("module", ["mimic", "mimic.addon", "mimic.addon.command_line", "mimic.api"])
def test_importing_an_entry_module_loads_no_heavy_library(module: str) -> None:
    program = f"import sys, {module}; sys.stdout.write(' '.join(sorted(set(sys.modules) & {HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_version_and_licence_agree_between_blender_manifest_and_pyproject() -> None:
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["version"] == project["version"]
    assert manifest["license"] == [f"SPDX:{project['license']['text']}"]


def test_pyproject_lists_every_package() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = [path.parent for layer in LAYERS for path in (ROOT / layer).rglob("__init__.py")]
    assert sorted(packages) == sorted(["mimic", *(f"mimic.{'.'.join(f.relative_to(ROOT).parts)}" for f in folders)])


def test_console_script_and_python_m_both_run_and_exit() -> None:
    # Both leave without tearing Blender's module down, which may hang.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"mimic": "mimic.addon.command_line:run_and_exit"}
    assert "run_and_exit()" in (ROOT / "__main__.py").read_text(encoding="utf-8")

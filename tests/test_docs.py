# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents name is there, and the picture of the house shows the house as it is."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("addon", "docs", "models", "pipeline", "retarget", "tests", ".github")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))])
# Made by a command, and not in a fresh clone.
MADE = (".venv/", ".venvs/", "build/", "dist/")
# In commands only what begins with these is surely ours.
OURS = tuple(f"{folder}/" for folder in (*FOLDERS, ".ci"))

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
LINKED = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"[\w.*-]+(/[\w.*-]+)*/?")
SUFFIX = re.compile(r"\.(py|toml|md|yml|svg|npz|onnx)$")


def paths_named(text: str) -> Iterator[str]:
    """Yield the paths in a document: in backticks, in links, and in the commands of code blocks."""
    yield from (link for link in LINKED.findall(text) if "://" not in link)
    for block in FENCED.findall(text):
        yield from (word for word in block.split() if word.startswith(OURS) and PATH.fullmatch(word))
    for words in QUOTED.findall(FENCED.sub("", text)):
        if PATH.fullmatch(words) and ("/" in words or SUFFIX.search(words)) and not words.startswith(MADE):
            yield words


def is_there(path: str, *, document: Path) -> bool:
    """Whether a path leads somewhere from the document's folder or from the root; `*` and `NAME` stand for any name.

    A file's bare name is that of any file of ours: `panel.py` is in many folders.
    """
    path = path.rstrip("/").replace("NAME", "*")
    if "/" not in path and any(next((ROOT / folder).rglob(path), None) for folder in FOLDERS):
        return True
    return any(next(folder.glob(path), None) for folder in (document.parent, ROOT))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def load(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    return load(ROOT / "docs" / "draw_architecture.py")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_document_names_only_paths_that_exist(document: Path) -> None:
    named = set(paths_named(document.read_text(encoding="utf-8")))
    assert sorted(path for path in named if not is_there(path, document=document)) == []


def test_path_that_is_gone_is_seen() -> None:
    text = "Read `addon/gone.py`, [more](docs/gone.md):\n\n```sh\npytest tests/gone -k word\n```\n"
    named = list(paths_named(text))
    assert sorted(named) == ["addon/gone.py", "docs/gone.md", "tests/gone"]
    assert not any(is_there(path, document=ROOT / "README.md") for path in named)


def test_words_that_are_no_paths_are_left_alone() -> None:
    assert list(paths_named("`mimic bake dance.mp4`, `0.1.0`, `Take`, `build/wheels`, `--fov 70`")) == []


def test_picture_of_the_house_shows_its_folders_and_imports(drawing: ModuleType) -> None:
    committed = drawing.PICTURE.read_text(encoding="utf-8")
    assert committed == drawing.Picture().svg(), "run `python docs/draw_architecture.py` and look at the picture"


def test_picture_leaves_out_arrows_that_others_imply(drawing: ModuleType) -> None:
    assert drawing.reduced({("a", "b"), ("b", "c"), ("a", "c")}) == {("a", "b"), ("b", "c")}


def test_picture_keeps_every_arrow_of_a_circle(drawing: ModuleType) -> None:
    circle = {("a", "b"), ("b", "c"), ("c", "a")}
    assert drawing.reduced(circle) == circle


def test_zips_hold_no_document_but_the_readme() -> None:
    build = load(ROOT / ".ci" / "build_extension.py")
    assert [str(path) for path in build.package_files() if path.suffix == ".md"] == ["README.md"]


def test_rig_report_asks_for_bones_as_the_skeletons_of_the_tests_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    form = (ROOT / ".github" / "ISSUE_TEMPLATE" / "rig_not_recognised.yml").read_text(encoding="utf-8")
    (line,) = (line.strip() for line in form.splitlines() if "C.object.data.bones" in line)
    hips, leg = SimpleNamespace(name="Hips", parent=None), SimpleNamespace(name="Leg.L", children=[])
    spine = SimpleNamespace(name="Spine", parent=hips, children=[])
    leg.parent, hips.children = hips, [spine, leg]
    armature = SimpleNamespace(data=SimpleNamespace(bones=[hips, spine, leg]))
    exec(line, {"C": SimpleNamespace(object=armature)})
    assert capsys.readouterr().out == "-: Hips\nHips: Spine, Leg.L\n"

"""What is published: wheel, source distribution, manual page, image, and the workflow that makes an edition."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import make_man_page
from tracker import __version__

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "filings/README.md", "db/README.md")
SOURCES = ("tracker", "tests", ".ci", ".github", ".gitignore", *PAGES)
NEEDED = ("build", "hatchling", "twine")
MAN_PAGE = f"tracker-{__version__}.data/data/share/man/man1/tracker.1"
# Whatever else lies in the package has to be looked at: it would be installed by everybody.
SUFFIXES = {".py", ".typed", ".md", ".csv", ".sql", ".j2", ".html", ".css", ".js", ".svg", ".txt", ".xml"}


def source_files(*folders: str) -> set[str]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(ROOT)) for path in paths if not {"__pycache__", ".pytest_cache"} & set(path.parts)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and the wheel built from it as an installer would; from a copy, without network."""
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}; python -m pip install -e '.[dev]'")
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    for name in SOURCES:  # beside them may lie a home with all that was ever downloaded
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
        else:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", source]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder / "dist"


@pytest.fixture
def wheel(built: Path) -> Iterator[zipfile.ZipFile]:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


@pytest.fixture
def sdist(built: Path) -> set[str]:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as opened:
        return {name.partition("/")[2] for name in opened.getnames()}


def test_twine_finds_nothing_to_complain_of(built: Path) -> None:
    paths = sorted(map(str, built.iterdir()))
    ran = subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *paths], capture_output=True, text=True)
    assert ran.returncode == 0 and len(paths) == 2, ran.stdout + ran.stderr


def test_the_wheel_has_the_package_whole_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == source_files("tracker") - {"tracker/cli/tracker.1"} | {MAN_PAGE}
    assert wheel.read(MAN_PAGE).decode() == make_man_page.page()


@pytest.mark.parametrize(
    "name",
    [
        "newsletter/templates/words.j2",
        "newsletter/templates/mail.html.j2",
        "web/sql/",
        "web/static/",
        "web/templates/",
        "managers/hedge_funds.csv",
        "demo/funds.csv",
        "demo/securities.csv",
        "py.typed",
    ],
)
def test_what_is_read_while_it_runs_is_in_the_wheel(wheel: zipfile.ZipFile, name: str) -> None:
    assert [packed for packed in wheel.namelist() if packed.startswith(f"tracker/{name}")]


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"tracker-{__version__}.dist-info/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata and "\nLicense-Expression: MIT\n" in metadata
    assert "Requires-Python: >=3.11" in metadata and "Provides-Extra: web" in metadata
    assert "tracker = tracker.__main__:main" in wheel.read(f"tracker-{__version__}.dist-info/entry_points.txt").decode()


def test_the_source_distribution_has_what_the_tests_read(sdist: set[str]) -> None:
    assert source_files("tracker", "tests", ".ci", ".github") | set(PAGES) <= sdist
    assert set(map(_top, sdist)) <= {*map(_top, SOURCES), "PKG-INFO", ""}
    assert not [name for name in sdist if "__pycache__" in name]


def _top(name: str) -> str:
    return name.partition("/")[0]


def test_nothing_unheard_of_lies_in_the_package() -> None:
    odd = {name for name in source_files("tracker") if Path(name).suffix not in SUFFIXES}
    assert odd == {"tracker/cli/tracker.1"}


def test_the_version_has_one_place_and_the_change_log_names_it() -> None:
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    releases = re.findall(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == __version__ and releases == sorted(releases, reverse=True)


# ---- the manual page ----------------------------------------------------------------------------------------------


def test_the_manual_page_is_what_help_says() -> None:
    assert make_man_page.PAGE.read_text(encoding="ascii") == make_man_page.page(), "run python -m tests.make_man_page"


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here")
def test_the_manual_page_is_set_without_a_warning() -> None:
    command = ["groff", "-man", "-ww", "-Tutf8", str(make_man_page.PAGE)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (ran.returncode, ran.stderr) == (0, "") and "--min-price USD" in re.sub("\x1b[^m]*m|.\b", "", ran.stdout)


# ---- the image and the workflow -----------------------------------------------------------------------------------


def test_the_image_runs_without_root_and_keeps_its_home() -> None:
    lines = (ROOT / ".ci" / "Dockerfile").read_text().splitlines()
    stages = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    last = lines[stages[-1] :]
    assert all("-slim" in lines[number] for number in stages)
    assert 'ENTRYPOINT ["tracker"]' in last and "VOLUME /13f" in last and "    TRACKER_HOME=/13f" in last
    (user,) = (line for line in last if line.startswith("USER "))
    assert re.fullmatch(r"USER [1-9]\d*:[1-9]\d*", user)
    copied = [
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    taken = (ROOT / ".ci" / "Dockerfile.dockerignore").read_text().splitlines()
    assert copied == ["pyproject.toml", "README.md", "LICENSE", "tracker"]
    assert [line[1:] for line in taken if line.startswith("!")] == copied and all(
        (ROOT / name).exists() for name in copied
    )


def steps_of(path: str) -> Any:
    yaml = pytest.importorskip("yaml")
    document = yaml.safe_load((ROOT / path).read_text())
    jobs = [document["runs"]] if "runs" in document else document["jobs"].values()
    return document, [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", [".github/actions/edition/action.yml", ".github/workflows/edition.yml"])
def test_nothing_from_outside_is_pasted_into_a_shell(path: str) -> None:
    _, steps = steps_of(path)
    assert [step for step in steps if "${{" in step.get("run", "")] == []
    assert all(step.get("shell") == "bash" for step in steps if "run" in step)
    assert all(re.fullmatch(r"(\./[\w./-]+|[\w-]+/[\w./-]+@\S+)", step["uses"]) for step in steps if "uses" in step)


def test_the_workflow_may_read_and_no_more_and_passes_what_the_action_takes() -> None:
    workflow, steps = steps_of(".github/workflows/edition.yml")
    action, _ = steps_of(".github/actions/edition/action.yml")
    assert workflow["permissions"] == {"contents": "read"}
    (used,) = (step for step in steps if step.get("uses") == "./.github/actions/edition")
    required = {name for name, given in action["inputs"].items() if given.get("required")}
    assert required <= set(used["with"]) <= set(action["inputs"])


@pytest.mark.parametrize("said", ["2025Q3", "", "$(touch hacked)", "; touch hacked", "--help"])
def test_the_commands_of_the_action_hear_their_input_as_one_word(tmp_path: Path, said: str) -> None:
    """The scripts themselves, with a `tracker` that writes down what it is told."""
    _, steps = steps_of(".github/actions/edition/action.yml")
    told = tmp_path / "told"
    program = tmp_path / "bin" / "tracker"
    program.parent.mkdir()
    program.write_text(
        f"#!/bin/sh\nprintf '<%s>' \"$@\" \"slug=$TRACKER_PUBLISH_SLUG\" >> '{told}'\necho >> '{told}'\n"
    )
    program.chmod(0o755)
    scripts = [step["run"] for step in steps if "tracker " in step.get("run", "")]
    given = {"QUARTER": said, "SLUG": "", "TRACKER_HOME": "13f", "GITHUB_OUTPUT": str(tmp_path / "output")}
    for script in scripts:
        environment = {"PATH": f"{program.parent}:/usr/bin:/bin", **given}
        subprocess.run(["bash", "-eo", "pipefail", "-c", script], env=environment, cwd=tmp_path, check=True)
    word = f"<{said}>" if said else ""
    refreshed, fetched, published = told.read_text().splitlines()
    assert refreshed == f"<refresh><-->{word}<slug=>" and fetched == "<prices><fetch><slug=>"
    assert re.fullmatch(re.escape(f"<publish><-->{word}<slug=") + r"\d{4}-\d\d>", published)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "output", "told"]
    assert (tmp_path / "output").read_text() == "editions=13f/editions\n"


def requirements_with_extras() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"].values()
    named = [Requirement(text) for texts in (project["dependencies"], *optional) for text in texts]
    return [requirement for requirement in named if requirement.extras and requirement.name != project["name"]]


@pytest.mark.parametrize("requirement", requirements_with_extras(), ids=lambda requirement: requirement.name)
def test_the_extras_that_are_asked_of_others_are_there(requirement: Requirement) -> None:
    """An installer goes on without one that is not, with a warning that few read."""
    try:
        known = metadata.metadata(requirement.name).get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        pytest.skip(f"{requirement.name} is not installed")
    assert {*map(canonicalize_name, requirement.extras)} <= {*map(canonicalize_name, known)}

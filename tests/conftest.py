"""What the tests share: isolation from the machine, and installations that are made once."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import pytest
from filelock import FileLock
from forks import DRIVER, Fork, warm
from hypothesis import settings
from plgen.commands.new import new
from plgen.template import Answer

# Whoever is at work explores new examples; what lands is judged by the same ones each time.
settings.register_profile("same", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("same")


# A shell lets what runs in the background, or under nohup, ignore these, and so would all programs
# that the tests start. They do not inherit a handler.
def _ignore(*_: object) -> None:
    """Do what ignoring a signal does."""


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, _ignore)

ROOT = Path(__file__).resolve().parents[1]
IDENTITY = "[user]\n\tname = Ada Tester\n\temail = ada@example.org\n"

ANY_NAME = '''"""A module that has whatever is imported from it."""


def __getattr__(name: str) -> str:
    """Return any name."""
    return name
'''

NUMBERS = itertools.count()
Render = Callable[..., Path]
compile_template = jinja2.Environment.compile
compiled: dict[object, Any] = {}


def compile_once(environment: jinja2.Environment, source: Any, *given: Any, **words: Any) -> Any:
    """Compile a text as Jinja does, but only once; it takes half of the time of a rendering."""
    environments = (type(environment), environment.lexer, *sorted(environment.extensions))
    key = (*environments, source, *given, *words.items())
    if key not in compiled:
        compiled[key] = compile_template(environment, source, *given, **words)
    return compiled[key]


pytest.MonkeyPatch().setattr(jinja2.Environment, "compile", compile_once)


def no_fsync(_: int) -> None:
    """Do not wait for the disk: no test pulls the plug."""


pytest.MonkeyPatch().setattr(os, "fsync", no_fsync)


def pytest_collection_finish() -> None:
    """Collect garbage seldom: the program never does, and syntax trees are many objects."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need PyTorch, so that `-m "not torch"` runs the others.

    They come last, so that one worker runs the others while PyTorch is installed.
    """
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker("torch")
    items.sort(key=lambda item: item.get_closest_marker("torch") is not None)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a home of its own, with a git identity and nothing else."""
    # To find a free number, mktemp would look through all that earlier tests left.
    folder = tmp_path_factory.getbasetemp() / "homes" / str(next(NUMBERS))
    folder.mkdir(mode=0o700, parents=True)
    (folder / ".gitconfig").write_text(IDENTITY)
    foreign = ("GIT_", "COPIER_", "PYTHONPATH")
    for name in [name for name in os.environ if name.startswith(foreign)]:
        monkeypatch.delenv(name)
    settings = {
        "HOME": folder,
        "XDG_CONFIG_HOME": folder / ".config",
        "XDG_CACHE_HOME": folder / ".cache",
        "XDG_DATA_HOME": folder / ".local",
        "XDG_STATE_HOME": folder / ".local/state",
        "GIT_CONFIG_GLOBAL": folder / ".gitconfig",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "COPIER_CACHE_DIR": folder / "copier",
        "COPIER_SETTINGS_PATH": folder / "copier.yml",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    (folder / "copier.yml").write_text("defaults: {description: from the settings of the user}\n")
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder, which the test is in."""
    folder = tmp_path / "place"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Give a function that renders a project from answers, without a repository."""

    def made(name: str = "sample", /, **answers: Answer) -> Path:
        return new(str(tmp_path / name), answers, git=False).path

    return made


def shrink(project: Path) -> None:
    """Remove what these tests do not change and every search reads: tests/, most of the engine."""
    for folder in [project / "tests", *(project / "engine").glob("*/")]:
        shutil.rmtree(folder)
    for module in (project / "engine").glob("*.py"):
        module.write_text(ANY_NAME)
    for digits in project.glob("example_Minist_data/MNIST/raw/*"):
        digits.write_bytes(digits.read_bytes()[:2000])


def copy_or_link(file: str, copy: str) -> object:
    """Copy a file; of what no test writes to, the engine, data and git's objects, make a link."""
    read_only = {"engine", "raw", "objects"} & {*Path(file).parts}
    return os.link(file, copy) if read_only else shutil.copyfile(file, copy)


@pytest.fixture
def project(
    home: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Give a shrunk project with its first commit, which the test is in."""
    assert home.is_dir()

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": ""}).path
        shrink(made)
        # Fewer files are copied sooner.
        for words in ("commit --all --quiet --amend --no-edit", "gc --quiet --prune=now"):
            succeed("git", *words.split(), cwd=made)
        for name in ("hooks", "logs", "info", "branches"):
            shutil.rmtree(made / ".git" / name, ignore_errors=True)

    folder = tmp_path / "sample"
    made = once(tmp_path_factory, "project", make) / "sample"
    shutil.copytree(made, folder, copy_function=copy_or_link)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def alone(project: Path) -> Path:
    """Give a project that lies in no repository."""
    shutil.rmtree(project / ".git")
    return project


def run(
    *command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with nothing to read, and return what it printed."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def checkout(**variables: str) -> dict[str, str]:
    """Return an environment in which Python finds the plgen of this checkout."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "generator"), **variables}


# All of plgen but its start, and what it imports late.
MODULES = tuple(
    f"plgen.{'.'.join(file.relative_to(ROOT / 'generator/plgen').with_suffix('').parts)}"
    for file in sorted((ROOT / "generator/plgen").rglob("[!_]*.py"))
)
LIBRARIES = ("typer.main", "copier", "yaml", "pathspec", *MODULES)


def start(
    *arguments: str | Path,
    cwd: Path | None = None,
    libraries: tuple[str, ...] = LIBRARIES,
    variables: Mapping[str, str] | None = None,
) -> Fork:
    """Start a Python that has imported all of plgen already, or only these libraries."""
    program = warm(Path(sys.executable), *libraries, PYTHONPATH=str(ROOT / "generator"))
    return program.start(*arguments, cwd=cwd, env=checkout(**variables or {}))


def python(
    *arguments: str | Path,
    cwd: Path | None = None,
    libraries: tuple[str, ...] = LIBRARIES,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a Python as `start` does, and wait for its end."""
    return start(*arguments, cwd=cwd, libraries=libraries, variables=variables).wait()


def plgen(
    *arguments: str, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the plgen of this checkout as a program; importing Typer and Copier takes a while."""
    return python("-m", "plgen", *arguments, cwd=cwd, variables=variables)


def contents(folder: Path) -> dict[str, tuple[bytes, bool]]:
    """Return each file's bytes and whether it can be executed, leaving out the repository."""
    found: dict[str, tuple[bytes, bool]] = {}
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for file in (Path(root, name) for name in files if name != ".git"):
            if file.is_file():
                name = file.relative_to(folder).as_posix()
                found[name] = file.read_bytes(), os.access(file, os.X_OK)
    return found


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder `name` that all workers share, made by the first that needs it."""
    # The base of a worker lies in that of the whole run.
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / f"shared-{name}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "made").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "made").touch()
    return folder


def succeed(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command that must not fail."""
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr


def environment(folder: Path, *requirements: str | Path) -> Path:
    """Make a virtual environment with requirements and return its folder of programs."""
    venv.create(folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    # One pip for all of them: bringing its own takes as long as installing plgen.
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    succeed(*pip, "install", "--quiet", *requirements)
    return programs


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the wheel, built once, from the sdist."""

    def make(folder: Path) -> None:
        succeed(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)

    return next(once(tmp_path_factory, "wheel", make).glob("*.whl"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Give the `plgen` of a fresh environment in which the wheel is installed.

    It uses the libraries of the tests; README's own commands install the declared ones.
    """

    def make(folder: Path) -> None:
        programs = environment(folder / "venv", "--no-deps", wheel)
        own = sysconfig.get_path("purelib", vars={"base": str(programs.parent)})
        Path(own, "libraries.pth").write_text(sysconfig.get_path("purelib"))

    folder = once(tmp_path_factory, "installed", make)
    return next(folder.glob("venv/*/plgen*"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Give the folder of programs of an environment with the wheel and all that a project needs.

    PLGEN_LAB names one that already exists: it spares an installation of 5 GB for each run.
    """
    if ready := os.environ.get("PLGEN_LAB"):
        return Path(ready)

    def make(folder: Path) -> None:
        project = new(str(folder / "project"), {"author": ""}, git=False).path
        requirements = ("-r", project / "requirements.txt")
        programs = environment(folder / "venv", "--no-compile", wheel, *requirements)
        # Compile what is imported: all that is there takes three times as long.
        import projects

        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        imported = run(programs / "python", DRIVER, folder, *projects.LIBRARIES, env=env)
        assert imported.returncode == 0, imported.stderr

    folder = once(tmp_path_factory, "lab", make)
    return next(folder.glob("venv/*/plgen*")).parent

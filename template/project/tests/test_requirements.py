"""requirements.txt and pyproject.toml list the same packages."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def test_requirements_agree() -> None:
    """pip and uv install the same packages."""
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = pyproject["project"]["dependencies"] + pyproject["dependency-groups"]["dev"]
    assert sorted((PROJECT / "requirements.txt").read_text(encoding="utf-8").split()) == sorted(listed)

"""Render a new project with Copier, which no other module imports."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import copier
import copier.errors
import plumbum

from plgen import template
from plgen.errors import UsageError


def render(
    folder: Path,
    data: Mapping[str, template.Answer],
    defaults: Mapping[str, template.Answer],
    *,
    interactive: bool,
) -> None:
    """Render a project into a new folder; if `interactive`, ask questions that `data` leaves open.

    Raise UsageError for a wrong answer; the caller removes the folder.
    """
    if interactive and not sys.stdin.isatty():
        raise UsageError("-i needs a terminal", "plgen new --help")
    try:
        # With git, Copier would render the latest tag of a checkout in place of its files, and
        # start git once a file. Prompts go to stderr: stdout is for the result.
        # Copier warns of each file whose mode a shared disk does not let it change.
        with (
            plumbum.local.env(PATH=os.devnull),
            contextlib.redirect_stdout(sys.stderr),
            warnings.catch_warnings(action="ignore"),
        ):
            copier.run_copy(
                str(template.root()),
                folder,
                data=dict(data),
                user_defaults=dict(defaults),
                defaults=not interactive,
                settings=copier.Settings(),
                quiet=True,
            )
    except copier.errors.InteractiveSessionError as error:
        raise UsageError("the questions were not answered", "plgen new --help") from error
    except ValueError as error:
        raise UsageError(str(error), "plgen new --help") from error

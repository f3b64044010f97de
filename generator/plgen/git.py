"""Ask git about files, and start a repository; a failure of git never fails a command."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from plgen import disk
from plgen.errors import PlgenError

# The user's own settings; git's other variables, which it sets for hooks, may point to another
# repository.
KEPT_VARIABLES = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG_")
# A repository may come from anybody, and its configuration can name programs: no hooks, no monitor,
# no transport, and no repository that is not marked by a `.git`. Also no signing, no background
# process and no guessed user name.
SETTINGS = {
    "commit.gpgSign": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    "user.useConfigOnly": "true",
}
OPTIONS = tuple(word for key, value in SETTINGS.items() for word in ("-c", f"{key}={value}"))
# A missing object is not fetched. `protocol.ext.allow` of a repository would override
# `protocol.allow`, but not GIT_ALLOW_PROTOCOL; older versions of git know no GIT_NO_LAZY_FETCH.
VARIABLES = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
# How long git may run: it would wait forever for a file that is a pipe.
TIMEOUT = 20
IDENTIFY = (
    "git config --global user.name 'Your Name' && git config --global user.email you@example.org"
)
COMMITTED = "a repository with a first commit"
# The whole project, also files that the user's own ignore file names.
WHOLE = ("-c", f"core.excludesFile={os.devnull}")


class GitError(Exception):
    """Git is missing or failed; the message is the first line of its error output, if any."""


def git(folder: Path, *arguments: str) -> str:
    """Return the text that git prints when it runs in the folder, or raise GitError."""
    # Names of files are bytes.
    return _output(folder, *arguments).decode(errors="surrogateescape").rstrip("\n")


def _output(folder: Path, *arguments: str) -> bytes:
    """Return what git prints when it runs in the folder, or raise GitError.

    No command is used that applies filters, converts text or shows differences: a repository names
    the programs for these.
    """
    program = executable()
    if program is None:
        raise GitError("git was not found")
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GIT_") or key.startswith(KEPT_VARIABLES)
    }
    try:
        done = subprocess.run(
            [program, *OPTIONS, *arguments],
            cwd=folder,
            env=environment | VARIABLES,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
        )
    except OSError as error:
        raise GitError("git was not found") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git did not answer within {TIMEOUT} seconds") from error
    if done.returncode:
        message = done.stderr.decode(errors="surrogateescape").strip()
        raise GitError(*message.splitlines()[:1])
    return done.stdout


def executable() -> str | None:
    """Return the path of git; a relative entry of PATH may lead into somebody's project."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which("git", path=os.pathsep.join(filter(os.path.isabs, folders)) or os.devnull)


def setting(folder: Path, key: str) -> str:
    """Return a setting of the user as it holds in the folder, or nothing."""
    try:
        return git(folder, "config", key).encode(errors="replace").decode()
    except GitError:
        return ""


def enclosing(folder: Path) -> Path | None:
    """Return the work tree around the folder, without asking git."""
    for parent in (folder, *folder.parents):
        entry = parent / ".git"
        # Unlike Path's, it raises no error where the folder is not readable.
        if os.path.isfile(entry) or os.path.isfile(entry / "HEAD"):  # noqa: PTH113
            return parent
    return None


def restoring(folder: Path, file: str, *commit: str) -> str:
    """Return the command that restores a file, from any folder; by default as it is staged."""
    return shlex.join(["git", "-C", str(folder), "checkout", *commit, "--", file])


def backup(folder: Path, file: str) -> str | None:
    """Return the last commit if it has the file exactly as it is."""
    if enclosing(folder.resolve()) is None:
        return None
    try:
        commit = git(folder, "rev-parse", "--verify", "--quiet", "--short", "HEAD")
        content = disk.read_inside(folder, file)
        # Git may convert line ends; filters are not run.
        forms = {content, content.replace(b"\r\n", b"\n")}
        # A small file in a commit can unpack to a very large one.
        size = int(git(folder, "cat-file", "-s", f"HEAD:./{file}"))
        same = (
            size in map(len, forms)
            and _output(folder, "cat-file", "blob", f"HEAD:./{file}") in forms
        )
    except (GitError, PlgenError, ValueError):
        return None
    return commit if same else None


def list_files(folder: Path) -> list[str] | None:
    """Return the files in the folder that git does not ignore; None where git cannot tell.

    Of a repository within the folder, only the folder is listed.
    """
    if enclosing(folder.resolve()) is None:
        return None
    try:
        found = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    except GitError:
        return None
    return [file for file in found.split("\0") if file]


def start(folder: Path, message: str) -> str:
    """Make the folder a repository with a first commit of all files; return how far that came."""
    branch = () if setting(folder, "init.defaultBranch") else ("-c", "init.defaultBranch=main")
    try:
        git(folder, *branch, "init", "--quiet")
    except GitError as error:
        shutil.rmtree(folder / ".git", ignore_errors=True)
        return f"no repository: {error}"
    # After a failure the repository stays.
    try:
        git(folder, *WHOLE, "add", "--all")
        git(folder, "commit", "--quiet", "--no-verify", "--message", message)
    except GitError as error:
        retry = "git add --all && git commit -m Start"
        if not (setting(folder, "user.name") and setting(folder, "user.email")):
            retry = f"{IDENTIFY} && {retry}"
        return f"a repository without a commit: {error}; then, in the project: {retry}"
    return COMMITTED

"""Kill training at many moments, go on with it, and compare with a run that was left alone.

python kills.py CASES RESULTS, in a project's folder. CASES is a list of
[name, [argument, ...], moment]. The moment is a share of the time between the first checkpoint and
the end, "saving N" for the Nth checkpoint while it is written, "stopping N" for Ctrl-C then, or
"starting". RESULTS becomes a mapping of name -> exit status and output of the run that went on, and
what differs in the end. Each run is a fork of this process: importing PyTorch takes seconds.
"""

from __future__ import annotations

import csv
import importlib
import itertools
import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

PROJECT = Path.cwd()
SENT = {"saving": signal.SIGKILL, "stopping": signal.SIGINT}


def library(name: str) -> Any:
    """Import what the project's environment has, and that of these tests has not."""
    return importlib.import_module(name)


torch = library("torch")
events = library("tensorboard.backend.event_processing.event_accumulator")


def interrupt_saving(number: int, sent: int) -> None:
    """Let this process get a signal while it writes its checkpoint of this number."""
    fsync, calls = os.fsync, itertools.count(1)

    def interrupted(file: Any) -> None:
        if next(calls) == number:
            os.kill(os.getpid(), sent)
        fsync(file)

    os.fsync = interrupted


def start(arguments: list[str], printed: Path, moment: str | float = "") -> int:
    """Run main.py in a fork as a program of its own, and return its process."""
    if process := os.fork():
        return process
    code = 1
    try:
        # As from a shell: what the parent made of signals and streams is not the child's.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stream = printed.open("w")
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        sys.argv = ["main.py", *arguments]
        way, _, number = str(moment).partition(" ")
        if number:
            interrupt_saving(int(number), SENT[way])
        runpy.run_path("main.py", run_name="__main__")
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001 - what Python itself would do
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def finish(process: int) -> int:
    """Wait for a run and return its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def running(process: int) -> bool:
    """Whether a run has not ended yet."""
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def wait_for_checkpoint(process: int, checkpoints: Path) -> None:
    """Return when a run has its first checkpoint, or has ended."""
    while running(process) and not (checkpoints / "last.ckpt").exists():
        time.sleep(0.001)


def series(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return what TensorBoard shows of a run."""
    shown = events.EventAccumulator(str(folder), size_guidance={"scalars": 0})
    shown.Reload()
    tags = [tag for tag in shown.Tags()["scalars"] if tag != "hp_metric"]
    return {tag: [(event.step, event.value) for event in shown.Scalars(tag)] for tag in tags}


def equal(one: Any, other: Any) -> bool:
    """Whether two parts of checkpoints are the same, bit for bit."""
    if isinstance(one, torch.Tensor):
        return bool(one.dtype == other.dtype and torch.equal(one, other))
    if hasattr(one, "items"):
        return equal([*one.items()], [*other.items()])
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def differences(run: Path, reference: Path) -> list[str]:
    """Name all that is not as in the run that was left alone."""
    runs = (run, reference)
    found = [
        name
        for name in ("metrics.csv", "results.csv")
        if len({(folder / name).read_bytes() for folder in runs}) > 1
    ]
    names, expected = (set(os.listdir(folder / "checkpoints")) for folder in runs)
    for name in names & expected:
        files = (folder / "checkpoints" / name for folder in runs)
        one, other = (torch.load(file, weights_only=True) for file in files)
        parts = ("state_dict", "optimizer_states", "lr_schedulers", "epoch", "global_step")
        found += [f"{name}: {part}" for part in parts if not equal(one[part], other[part])]
    if json.loads((run / "run.json").read_text())["status"] != "done":
        found.append("status")
    if series(run) != series(reference):
        found.append("events")
    with (run / "metrics.csv").open(newline="") as table:
        logged = [row["val_loss"] for row in csv.DictReader(table) if row.get("val_loss")]
    if len(series(run).get("val_loss", [])) != len(logged):
        found.append("validation of the best checkpoint in the curves")
    return [*found, *(names ^ expected)]


def outcome(
    name: str, arguments: list[str], moment: str | float, reference: Path, whole: float
) -> dict[str, Any]:
    """Kill a run, go on with it, and say how that ended."""
    run = reference.with_name(name)
    printed = PROJECT / f"printed-{name}"
    process = start([*arguments, f"--run_name={name}"], printed, moment)
    if isinstance(moment, float):
        wait_for_checkpoint(process, run / "checkpoints")
        time.sleep(moment * whole)
    if isinstance(moment, float) or moment == "starting":
        os.kill(process, signal.SIGKILL)
    ended = finish(process)
    last = (run / "checkpoints/last.ckpt").relative_to(PROJECT)
    code = finish(start([f"--ckpt_path={last}"], printed))
    different = differences(run, reference) if code == 0 else []
    if str(moment).startswith("stopping") and ended != 130:
        different.append(f"exit status {ended} after Ctrl-C")
    return {"code": code, "printed": printed.read_text(), "different": different}


def main() -> None:
    """Try every case; those with equal arguments share the run that is left alone."""
    cases, results = (Path(argument) for argument in sys.argv[1:])
    sys.path.insert(0, str(PROJECT))
    library("main")  # what it imports is there for all forks

    tried: dict[str, Any] = {}
    references: dict[str, tuple[Path, float]] = {}
    for name, arguments, moment in json.loads(cases.read_text()):
        key = json.dumps(arguments)
        if key not in references:
            alone = f"alone{len(references)}"
            process = start([*arguments, f"--run_name={alone}"], PROJECT / f"printed-{alone}")
            wait_for_checkpoint(process, PROJECT / "Logs/noisy_net" / alone / "checkpoints")
            begun = time.monotonic()
            assert finish(process) == 0, (PROJECT / f"printed-{alone}").read_text()
            references[key] = PROJECT / "Logs/noisy_net" / alone, time.monotonic() - begun
        tried[name] = outcome(name, arguments, moment, *references[key])
    results.write_text(json.dumps(tried))


if __name__ == "__main__":
    main()

"""Kill training at many moments, go on with it, and compare with a run that was left alone.

python kills.py CASES RESULTS, in a project's folder. CASES is a list of [name, [argument, ...], moment],
where the moment is a share of the time between the first checkpoint and the end, "saving N" for the
Nth checkpoint while it is written, or "starting". RESULTS becomes a mapping of name -> what the run that
went on printed, its exit status, the epoch that it went on from, and what differs in the end.
Each run is a fork of this process: importing PyTorch takes seconds.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

PROJECT = Path.cwd()
LIMIT = 120  # seconds; a run takes two


def start(arguments: list[str], printed: Path) -> int:
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


def wait_for(moment: str | float, checkpoints: Path, whole: float) -> None:
    """Return when it is time to kill."""
    last, unfinished, limit = checkpoints / "last.ckpt", checkpoints / ".unfinished", LIMIT
    begin = time.monotonic()
    while not last.exists() and moment != "starting" and time.monotonic() - begin < limit:
        time.sleep(0.001)
    if isinstance(moment, float):
        time.sleep(moment * whole)
    elif moment.startswith("saving"):
        seen = 0
        while seen < int(moment.split()[1]) and time.monotonic() - begin < limit:
            if unfinished.exists():
                seen += 1
                while seen < int(moment.split()[1]) and unfinished.exists():
                    pass


def series(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return what TensorBoard shows of a run."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    tags = [tag for tag in events.Tags()["scalars"] if tag != "hp_metric"]
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in tags}


def equal(one: Any, other: Any) -> bool:
    """Whether two parts of checkpoints are the same, bit for bit."""
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other


def differences(run: Path, reference: Path) -> list[str]:
    """Name all that is not as in the run that was left alone."""
    found = [name for name in ("metrics.csv", "results.csv") if (run / name).read_bytes() != (reference / name).read_bytes()]
    names = [sorted(os.listdir(folder / "checkpoints")) for folder in (run, reference)]
    if names[0] != names[1]:
        return [*found, *(set(names[0]) ^ set(names[1]))]
    for name in names[0]:
        one, other = (torch.load(folder / "checkpoints" / name, weights_only=True) for folder in (run, reference))
        parts = ("state_dict", "optimizer_states", "lr_schedulers", "epoch", "global_step")
        found += [f"{name}: {part}" for part in parts if not equal(one[part], other[part])]
    if json.loads((run / "run.json").read_text())["status"] != "done":
        found.append("status")
    return [*found, *(["events"] if series(run) != series(reference) else [])]


def outcome(name: str, arguments: list[str], moment: str | float, reference: Path, whole: float) -> dict[str, Any]:
    """Kill a run, go on with it, and say how that ended."""
    run = reference.with_name(name)
    printed = PROJECT / f"printed-{name}"
    process = start([*arguments, f"--run_name={name}"], printed)
    wait_for(moment, run / "checkpoints", whole)
    os.kill(process, signal.SIGKILL)
    finish(process)
    last = (run / "checkpoints/last.ckpt").relative_to(PROJECT)
    code = finish(start([f"--ckpt_path={last}"], printed))
    different = differences(run, reference) if code == 0 else []
    return {"code": code, "printed": printed.read_text(), "different": different}


def main() -> None:
    """Try every case; those with equal arguments share the run that is left alone."""
    cases, results = (Path(argument) for argument in sys.argv[1:])
    sys.path.insert(0, str(PROJECT))
    import main  # noqa: F401 - what it imports is there for all forks

    tried: dict[str, Any] = {}
    references: dict[str, tuple[Path, float]] = {}
    for name, arguments, moment in json.loads(cases.read_text()):
        key = json.dumps(arguments)
        if key not in references:
            alone = f"alone{len(references)}"
            process = start([*arguments, f"--run_name={alone}"], PROJECT / f"printed-{alone}")
            while not (last := next(PROJECT.glob(f"Logs/*/{alone}/checkpoints/last.ckpt"), None)):
                time.sleep(0.001)
            begun = time.monotonic()
            assert finish(process) == 0, (PROJECT / f"printed-{alone}").read_text()
            references[key] = last.parents[1], time.monotonic() - begun
        tried[name] = outcome(name, arguments, moment, *references[key])
    results.write_text(json.dumps(tried))


if __name__ == "__main__":
    main()

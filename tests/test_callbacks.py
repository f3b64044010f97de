"""Callbacks by name: the project's own, and Lightning's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from own_modules import write
from plgen.commands.new import new
from projects import TINY, drive, outcomes, python, require_refusal, rows

CALLBACKS = {
    "counter": '''
"""Counts the epochs of a training."""

from typing import Any

import pytorch_lightning as pl


class Counter(pl.Callback):
    """Counts, and says so in every stage.

    Args:
        step: what each epoch adds.
        ends: exit at this count.
    """

    def __init__(self, step: int = 1, ends: int = 0) -> None:
        self.step, self.ends, self.count = step, ends, 0

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        print(f"counter: {trainer.state.fn.value}")

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.count += self.step
        pl_module.log("counted", float(self.count))
        if self.count == self.ends:
            raise SystemExit("the data ended")

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.count = state_dict["count"]
''',
    "keeper": '''
"""Keeps the checkpoint of every epoch."""

from pytorch_lightning.callbacks import ModelCheckpoint


class Keeper(ModelCheckpoint):
    def __init__(self) -> None:
        super().__init__(filename="kept-{epoch}", save_top_k=-1)
''',
    "patient": '''
"""Waits longer than --patience, or for a threshold."""

from pytorch_lightning.callbacks import EarlyStopping


class Patient(EarlyStopping):
    def __init__(self, threshold: float | None = None, epochs: int = 50) -> None:
        super().__init__(
            "counted", mode="min", patience=epochs, stopping_threshold=threshold, strict=False
        )
''',
    "not_one": '"""No callback."""\n\n\nclass NotOne:\n    pass\n',
    "needy": '''
"""Needs a function."""

from collections.abc import Callable

import pytorch_lightning as pl


class Needy(pl.Callback):
    def __init__(self, function: Callable[[int], int]) -> None:
        self.function = function
''',
}
OFFERED = {
    "BatchSizeFinder",
    "DeviceStatsMonitor",
    "EMAWeightAveraging",
    "GradientAccumulationScheduler",
    "LearningRateFinder",
    "ModelPruning",
    "StochasticWeightAveraging",
    "ThroughputMonitor",
    "Timer",
}
RATES = "--StochasticWeightAveraging.swa_lrs=0.1"
SCHEDULING = "--GradientAccumulationScheduler.scheduling"
ACCUMULATION = ["GradientAccumulationScheduler", f"{SCHEDULING}={{0: 2}}"]
# What is typed after --callbacks, and the two lines that answer.
REFUSED: dict[str, tuple[list[str], str, str]] = {
    "typo": (["EMAWeightAvraging"], "no callback is called", "did you mean EMAWeightAveraging?"),
    "own typo": (["countr"], "no callback is called", "did you mean counter?"),
    "twice": (["counter", "counter"], "has a name twice", "name each once"),
    "no callback": (["not_one"], "is not a subclass of Callback", "class NotOne(Callback)"),
    "own with a function": (["needy"], "needs 'function'", "in a class of your own"),
    "with a function": (["ThroughputMonitor"], "needs 'batch_size_fn'", "in a class of your own"),
    "function": (
        ["EMAWeightAveraging", "--EMAWeightAveraging.multi_avg_fn=mean"],
        "--EMAWeightAveraging.multi_avg_fn is not an option: it takes an object",
        "set it in a class of your own",
    ),
    "functions": (["LambdaCallback"], "cannot be chosen by name", "see README.md"),
    "of main.py": (["ModelCheckpoint"], "cannot be chosen by name", "see README.md"),
    "option": (["counter", "--counter.stp=2"], "no option --counter.stp", "mean --counter.step?"),
    "value": (["counter", "--counter.step=x"], "--counter.step: Expected a", "--help"),
    "missing": (["StochasticWeightAveraging"], "required", "--help"),
    "refused value": (
        ["StochasticWeightAveraging", "--StochasticWeightAveraging.swa_lrs=-1"],
        "does not accept --StochasticWeightAveraging.swa_lrs -1",
        "give another value",
    ),
    "duration": (
        ["Timer", "--Timer.duration=long"],
        "does not accept --Timer.duration long",
        "give",
    ),
    "empty": (
        ["GradientAccumulationScheduler", f"{SCHEDULING}={{}}"],
        "does not accept --GradientAccumulationScheduler.scheduling {}: TypeError",
        "give another value",
    ),
    "unknown length": (
        ACCUMULATION,
        "OneCycleLR needs to know how long the training is",
        "add --trainer.max_steps N",
    ),
    "unknown length: typed": (
        [*ACCUMULATION, "--lr_scheduler_args.total_steps=9"],
        "OneCycleLR needs to know how long the training is",
        "add --trainer.max_steps N",
    ),
    "at the start": (
        [*ACCUMULATION, "--trainer.accumulate_grad_batches=2", "--lr_scheduler=null"],
        "Lightning refuses --trainer.* or a callback: You have set `accumulate_grad_batches`",
        "--help",
    ),
    "two averages": (
        ["StochasticWeightAveraging", "EMAWeightAveraging", RATES],
        "StochasticWeightAveraging and EMAWeightAveraging would each average the weights",
        "choose one of them",
    ),
    "no end": (
        ["StochasticWeightAveraging", RATES, "--trainer.max_steps=3"],
        "averages over epochs",
        "--trainer.max_epochs N",
    ),
    "late start": (
        ["StochasticWeightAveraging", RATES, "--StochasticWeightAveraging.swa_epoch_start=9"],
        "StochasticWeightAveraging would begin with epoch 9, and there are 1",
        "give a smaller --StochasticWeightAveraging.swa_epoch_start",
    ),
    "one rate for two groups": (
        ["StochasticWeightAveraging", RATES, "--param_groups={head.*: {lr: 0.1}}"],
        "the number of rates in swa_lrs is 1, and there are 2 parameter groups",
        "give one for each group: --StochasticWeightAveraging.swa_lrs",
    ),
    "begun average": (
        ["--ckpt_path=Logs/standard_net/swa/checkpoints/last.ckpt", "--trainer.max_epochs=8"],
        "is from a run whose weights are being averaged, so no run can be resumed from it",
        "--finetune Logs/standard_net/swa/checkpoints/last.ckpt",
    ),
}
LAST = "--ckpt_path=Logs/standard_net/counter/checkpoints/last.ckpt"
# `counted` rises: the first epoch is the best one.
COUNTED = [
    *("counter", "--monitor=counted", "--monitor_mode=min", "--preflight=false"),
    *("--trainer.max_epochs=3", "--patience=5"),
]
# The whole command lines of runs.
WORKING: dict[str, list[str]] = {
    "counter": [*TINY, "--callbacks", "counter", "--counter.step=2", "--run_name=counter"],
    "predict": ["--stage=predict", LAST, "--trainer.limit_predict_batches=2"],
    "resumed": [LAST, "--trainer.max_epochs=2"],
    "validate": ["--stage=validate", LAST, "--run_name=validate", "--trainer.limit_val_batches=2"],
    "file": [*TINY, "--config=counted.yaml", "--run_name=file"],
    "monitor": [
        *TINY,
        *("--callbacks", "counter", "--monitor=counted", "--monitor_mode=max"),
        *("--preflight=false", "--run_name=monitor"),
    ],
    "help": ["--callbacks", "counter", "EMAWeightAveraging", "--help"],
    "accumulation": [
        *(*TINY, "--callbacks", *ACCUMULATION, "--run_name=accumulation", "--lr_scheduler=null"),
    ],
    "timer": [*TINY, "--callbacks", "Timer", "--Timer.duration=00:01:00:00", "--run_name=timer"],
    "timer, ended": [
        *(LAST.replace("counter", "timer"), "--trainer.max_epochs=2"),
        "--Timer.duration={milliseconds: 1}",
    ],
    "left out": [LAST.replace("counter", "timer"), "--trainer.max_epochs=2", "--callbacks"],
    "swa": [*TINY, "--callbacks", "StochasticWeightAveraging", RATES, "--run_name=swa"],
    "keeper": [*TINY, "--callbacks", "keeper", *COUNTED, "--run_name=keeper"],
    "patient": [
        *(*TINY, "--callbacks", "patient", *COUNTED, "--monitor_mode=max", "--patience=1"),
        "--run_name=patient",
    ],
    "patient, resumed": [LAST.replace("counter", "patient"), "--trainer.max_epochs=4"],
    "patient, ended": [
        *(LAST.replace("counter", "patient"), "--trainer.max_epochs=5", "--patient.epochs=2"),
    ],
    "threshold": [
        *(*TINY, "--callbacks", "patient", *COUNTED, "--patient.threshold=1.5"),
        "--run_name=threshold",
    ],
}
# They are interrupted.
ENDING = {
    "ending": [*TINY, "--callbacks", "counter", "--counter.ends=1", "--run_name=ending"],
    "averaging": [
        *(*TINY, "--callbacks", "counter", "StochasticWeightAveraging", RATES),
        *("--StochasticWeightAveraging.swa_epoch_start=1", "--trainer.max_epochs=3"),
        *("--counter.ends=2", "--run_name=averaging"),
    ],
}
COUNTS = """
import json, pathlib, sys, torch
sys.path.insert(0, ".")
from engine.choices.kinds import CALLBACKS
counts = {}
for path in pathlib.Path("Logs/standard_net").glob("*/checkpoints/last.ckpt"):
    states = torch.load(path, weights_only=True)["callbacks"]
    counts[path.parents[1].name] = states.get("Counter", {}).get("count")
print(json.dumps({"counts": counts, "offered": list(CALLBACKS)}))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with callbacks of its own."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        write(made, CALLBACKS, "CALLBACKS")
        (made / "counted.yaml").write_text("callbacks: [counter]\ncounter: {step: 3}\n")

    return once(tmp_path_factory, "project-callbacks", make) / "sample"


@pytest.fixture(scope="module")
def tried(lab: Path, place: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return how each command line ended."""
    given = [*WORKING.items(), *ENDING.items()]
    for name, (options, _, _) in REFUSED.items():
        resumed = options[0].startswith("--")
        given.append((name, options if resumed else [*TINY, "--callbacks", *options]))

    def make(file: Path) -> None:
        drive(lab, place, "options.py", given, file)
        seen = json.loads(python(lab, place, "-c", COUNTS).stdout)
        file.write_text(json.dumps(json.loads(file.read_text()) | seen))

    return outcomes(tmp_path_factory, "callbacks", make)


@pytest.mark.parametrize("case", WORKING)
def test_working(tried: dict[str, Any], case: str) -> None:
    """Every one of these commands does its work."""
    assert (tried[case]["code"], tried[case]["traceback"]) == (0, "")


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tried: dict[str, Any], case: str) -> None:
    """What cannot be is refused in two lines, and leaves nothing."""
    _, message, hint = REFUSED[case]

    require_refusal(tried[case], message, hint)


def test_offered(tried: dict[str, Any]) -> None:
    """Each class of Lightning was tried; a new one fails here until it is tried too."""
    assert set(tried["offered"]) == OFFERED


def test_every_stage(tried: dict[str, Any]) -> None:
    """A callback of one's own takes part in every stage, and not in the preflight."""
    stages = {
        case: [line for line in tried[case]["stdout"].splitlines() if line.startswith("counter: ")]
        for case in ("counter", "predict", "validate")
    }

    assert stages["counter"] == ["counter: fit", "counter: validate", "counter: test"]
    assert stages["predict"] == ["counter: predict"]
    assert stages["validate"] == ["counter: validate"]


def test_options(tried: dict[str, Any], place: Path) -> None:
    """The options are in config.yaml, can come from a file, and --help shows them."""
    used = {
        name: yaml.safe_load((place / f"Logs/standard_net/{name}/config.yaml").read_text())
        for name in ("counter", "file")
    }

    assert used["counter"]["callbacks"] == ["counter"]
    assert used["counter"]["counter"] == {"step": 2, "ends": False}
    assert used["file"]["counter"] == {"step": 3, "ends": False}
    assert "--counter.step" in tried["help"]["stdout"]
    assert "what each epoch adds" in tried["help"]["stdout"]
    assert "--EMAWeightAveraging.decay" in tried["help"]["stdout"]


def test_state(tried: dict[str, Any]) -> None:
    """The state is in the checkpoints, and a resumed run continues it."""
    assert tried["counts"]["counter"] == 4
    assert tried["counts"]["file"] == 3
    assert tried["counts"]["monitor"] == 1


def test_checkpoints_of_ones_own(tried: dict[str, Any], place: Path) -> None:
    """A callback that keeps every epoch does not decide which one is evaluated."""
    folder = place / "Logs/standard_net/keeper"
    epochs = [row["val_loss"] for row in rows(folder, "metrics.csv") if row["val_loss"]]
    evaluated = next(row["loss"] for row in rows(folder) if row["stage"] == "val")

    assert {f"Logs/standard_net/keeper/checkpoints/kept-{each}.ckpt" for each in range(3)} <= {
        name.replace("epoch=", "") for name in tried["keeper"]["new"]
    }
    assert float(evaluated) == pytest.approx(float(epochs[0]), rel=1e-5)
    assert len({*epochs}) == 3


def test_stopping_of_ones_own(tried: dict[str, Any], place: Path) -> None:
    """It keeps its own patience in a resumed run, and is not blamed for its threshold."""
    assert "resuming Logs/standard_net/patient after 3 of 4" in tried["patient, resumed"]["stdout"]
    trained = rows(place / "Logs/standard_net/patient", "metrics.csv")
    assert len([row for row in trained if row["train_loss"]]) == 4
    more = "it had stopped early; to continue, raise its patience"
    assert more in tried["patient, ended"]["stdout"]
    assert "after epoch 0: Stopping threshold reached: counted" in tried["threshold"]["stdout"]


def test_exit_with_a_reason(tried: dict[str, Any]) -> None:
    """What code of one's own exits with is shown, before what the run says."""
    assert tried["ending"]["code"] == 130
    reason, _, stopped = tried["ending"]["stderr"].splitlines()[-3:]
    assert reason == "the data ended"
    assert stopped.startswith("stopped")


def test_an_average_of_the_end(tried: dict[str, Any]) -> None:
    """The average is in last.ckpt."""
    assert "last.ckpt holds the average over 1 epochs" in tried["swa"]["stdout"]


def test_interrupted_average(tried: dict[str, Any]) -> None:
    """Its run cannot be resumed, so the command for its weights is shown instead."""
    last = "Logs/standard_net/averaging/checkpoints/last.ckpt"
    told = f"stopped after 1 epochs, start a new run from its weights: --finetune {last}"

    assert tried["averaging"]["code"] == 130
    assert tried["averaging"]["stderr"].splitlines()[-1] == told

"""`--interface`: a subclass of MInterface does what it overrides, and main.py does the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import once
from own_modules import write
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import INTERFACE
from projects import TINY, drive, python, require_refusal, rows

SILENT = """
from model import MInterface


class SilentInterface(MInterface):
    def on_train_epoch_end(self): ...

    on_validation_epoch_end = on_test_epoch_end = on_train_epoch_end
"""
PLAIN = """
from model import MInterface


class PlainInterface(MInterface):
    def shared_step(self, stage, *args):
        loss = super().shared_step(stage, *args)
        self.log(f"{stage}_twice", 2 * loss, on_step=False, on_epoch=True)
        return loss
"""
BARE = """
from model import MInterface


class BareInterface(MInterface):
    def training_step(self, batch, batch_idx):
        return self.loss(self(batch[0]), batch[1])
"""
TYPED = """
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from model import MInterface


class Way(Enum):
    NEAR = 1
    FAR = 2


class TypedInterface(MInterface):
    \"\"\"Has parameters of many types.

    Args:
        way: how far it goes.
    \"\"\"

    def __init__(
        self,
        way: Way,
        place: Path | None = None,
        kind: Literal["a", "b"] = "a",
        batch_size: int = 3,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        assert isinstance(way, Way)
        assert batch_size == 4
        self.way, self.place = way, place
"""
CLOSED = """
from model import MInterface


class ClosedInterface(MInterface):
    def __init__(self, noise: int = 8):
        super().__init__()
"""
WRONG = """
from torch import nn


class WrongInterface(nn.Module):
    pass
"""
WATCHED = """
from model.gan_interface import GanInterface


class WatchedInterface(GanInterface):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        self.log("balance", loss, on_step=False, on_epoch=True)
        return loss

    def test_step(self, batch, batch_idx):
        self.log("fooled", 0.5)
        return super().test_step(batch, batch_idx)
"""
SCHEDULED = """
from engine import build_optimizers
from model.gan_interface import GanInterface


class ScheduledInterface(GanInterface):
    def configure_optimizers(self):
        parts = [getattr(self, name).named_parameters(name) for name in ("net", "generator")]
        return [build_optimizers(part, self.hparams, self.trainer) for part in parts]

    def on_train_batch_end(self, *args):
        for scheduler in self.lr_schedulers():
            scheduler.step()
"""
LAZY_NET = """
from torch import nn


class LazyNet(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.LazyLinear(10))
"""
NOISE_DATA = """
import torch
from torch.utils.data import Dataset


class NoiseData(Dataset):
    def __init__(self, split: str = "train") -> None:
        self.x = torch.randn(16, 1, 28, 28)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int):
        return self.x[index], index % 10
"""
DATA = [f"--{role}=noise_data" for role in ("train_dataset", "eval_datasets", "test_datasets")]
RUN = [*TINY, *DATA]
MODULES = {
    "plain_interface": PLAIN,
    "bare_interface": BARE,
    "silent_interface": SILENT,
    "typed_interface": TYPED,
    "closed_interface": CLOSED,
    "wrong_interface": WRONG,
    "scheduled_interface": SCHEDULED,
    "watched_interface": WATCHED,
    "lazy_net": LAZY_NET,
    "noise_data": NOISE_DATA,
    "other_data": "from data.noise_data import NoiseData\n\n\nclass OtherData(NoiseData): ...\n",
}
G = "--interface=gan_interface"
LAST = "--ckpt_path=Logs/standard_net/{}/checkpoints/last.ckpt"
THREE = "--trainer.max_epochs=3"
TWICE = ["--trainer.accumulate_grad_batches=2", "--optimizer=SGD", "--lr_scheduler=null"]
SETS = ["--eval_datasets", "noise_data", "other_data"]
# In this order.
TRAINED: dict[str, list[str]] = {
    "gan": [G, "--interface_args.noise=4", "--trainer.max_epochs=2"],
    "whole": [G, "--interface_args.noise=4", THREE],
    "monitored": ["--interface=watched_interface", "--monitor=balance", "--monitor_mode=max"],
    "one set": [G, *SETS, "--monitor=val_loss_d/other_data", "--monitor_mode=min"],
    "unchecked": [G, "--preflight=false"],
    "every second": [G, "--trainer.max_epochs=2", "--trainer.check_val_every_n_epoch=2"],
    "silent": ["--interface=silent_interface"],
    "two sets": [G, *SETS],
    "seeds": [G, "--seeds", "1", "2"],
    "plain": ["--interface=plain_interface", "--monitor=val_twice", "--monitor_mode=min"],
    "typed": [
        "--interface=typed_interface",
        "--interface_args.way=FAR",
        "--interface_args.place=x",
    ],
    "scheduled": ["--interface=scheduled_interface", "--param_groups={'head.*': {lr: 0.001}}"],
    "lazy": [G, "--model_name=lazy_net"],
    "counted": TWICE,
    "bare": ["--interface=bare_interface", *TWICE],
}
LATER = {
    "resumed": [LAST.format("gan"), THREE],
    "scheduled, resumed": [LAST.format("scheduled"), "--trainer.max_epochs=2"],
    **{
        stage: [f"--stage={stage}", LAST.format("gan")] for stage in ("validate", "test", "predict")
    },
    "finetuned": [*DATA, f"--finetune={LAST.format('gan').partition('=')[2]}"],
}
REFUSED = {
    "usual value that is not logged": (
        [G, "--monitor=val_loss"],
        "no logged value to monitor is called 'val_loss'",
        "known: train_loss_d, train_loss_g, val_loss_d",
    ),
    "wrong": (
        ["--interface=wrong_interface"],
        "WrongInterface in model/wrong_interface.py is not a subclass of MInterface",
        "class WrongInterface(MInterface):",
    ),
    "closed": (
        ["--interface=closed_interface"],
        "the constructor of ClosedInterface does not pass the options on to MInterface",
        "in model/closed_interface.py add **options to its parameters",
    ),
    "typo": (
        ["--interface=gan_interfaces"],
        "no interface is called 'gan_interfaces'",
        "did you mean gan_interface?",
    ),
    "parameter of MInterface": ([G, "--interface_args.lr=1"], "no option", "--help"),
    "parameter of another interface": (
        ["--interface_args.noise=1"],
        "--interface_args.noise",
        "--help",
    ),
    "value": ([G, "--interface_args.noise=many"], "--interface_args.noise", ""),
    "left out": (["--interface=typed_interface"], "interface_args.way", ""),
    "clipped": (
        [G, "--trainer.gradient_clip_val=1"],
        "Automatic gradient clipping is not supported for manual optimization",
        "--help",
    ),
    "accumulated": (
        [G, "--trainer.accumulate_grad_batches=2"],
        "Automatic gradient accumulation is not supported for manual optimization",
        "--help",
    ),
    "another interface": (
        [LAST.format("gan"), THREE, "--interface=scheduled_interface"],
        "--interface scheduled_interface differs from the checkpoint's, gan_interface",
        "start a new run without --ckpt_path",
    ),
}
NET = """
import sys
from engine import load_net
net = load_net("Logs/standard_net/gan/checkpoints/last.ckpt")
print(type(net).__name__, "model.gan_interface" in sys.modules)
"""
SAME = """
import torch
files = (f"Logs/standard_net/{run}/checkpoints/last.ckpt" for run in ("counted", "bare"))
counted, bare = (torch.load(file, weights_only=True)["state_dict"] for file in files)
weights = [key for key in counted if key.startswith("net.")]
print(all(torch.allclose(counted[key], bare[key]) for key in weights))
"""
PANELS = """
import json, pathlib
from engine.runs.plots import panels_of, read_curves
print(json.dumps(panels_of(read_curves(pathlib.Path("Logs/standard_net/monitored/metrics.csv")))))
"""


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path) -> tuple[Path, dict[str, Any]]:
    """Give a project in which all of the above was typed, and how each ended."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        add(INTERFACE, "gan_interface", start=made)
        write(made, MODULES)
        named = [(case, [*RUN, f"--run_name={case}", *typed]) for case, typed in TRAINED.items()]
        cases = [*named, *LATER.items(), ("help", [G, "--help"])]
        refused = [(f"refused {case}", [*RUN, *typed]) for case, (typed, _, _) in REFUSED.items()]
        drive(lab, made, "options.py", [*cases, *refused], folder / "outcomes.json")
        for name, code in (("net", NET), ("panels", PANELS), ("same", SAME)):
            (folder / name).write_text(python(lab, made, "-c", code).stdout)
        file = made / "model/gan_interface.py"
        file.rename(made / "model/adversary_interface.py")
        new_file = made / "model/adversary_interface.py"
        new_file.write_text(new_file.read_text().replace("GanInterface", "AdversaryInterface"))
        register = made / "model/__init__.py"
        register.write_text(register.read_text().replace("gan_interface", "adversary_interface"))
        test = ["--stage=test", LAST.format("gan")]
        after = [("gone", test), ("renamed", [*test, "--interface=adversary_interface"])]
        drive(lab, made, "options.py", after, folder / "after.json")

    folder = once(tmp_path_factory, "interfaces", make)
    parts = [json.loads((folder / f"{name}.json").read_text()) for name in ("outcomes", "after")]
    texts = {name: (folder / name).read_text() for name in ("net", "panels", "same")}
    return folder / "sample/Logs/standard_net", {**parts[0], **parts[1], **texts}


@pytest.mark.parametrize("case", [*TRAINED, *LATER])
def test_trains(tried: tuple[Path, dict[str, Any]], case: str) -> None:
    """What an interface can do is no error."""
    found = tried[1][case]

    assert (found["code"], found["stderr"], found["traceback"]) == (0, "", "")


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tried: tuple[Path, dict[str, Any]], case: str) -> None:
    """A wrong choice costs two lines, and makes no run."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[1][f"refused {case}"], error, cure)


def checkpoints(run: Path) -> set[str]:
    """Return the checkpoints of a run, without the number of the best epoch."""
    return {file.name.partition("-")[0] for file in (run / "checkpoints").iterdir()}


def test_without_a_value_to_monitor(tried: tuple[Path, dict[str, Any]]) -> None:
    """Without val_loss there is only the last checkpoint, which one line says."""
    runs, found = tried
    said = "val_loss is not logged: there is no early stopping and no best checkpoint"

    for case in ("gan", "silent"):
        assert found[case]["stdout"].count(said) == 1
        assert checkpoints(runs / case) == {"last.ckpt"}
    assert found["unchecked"]["stdout"].count("val_loss was never logged") == 1
    assert checkpoints(runs / "unchecked") == {"last.ckpt"}
    for case in ("monitored", "one set", "plain"):
        assert "not logged" not in found[case]["stdout"]
        assert checkpoints(runs / case) == {"best", "last.ckpt"}
    assert "was never logged" not in found["seeds"]["stdout"]


def test_steps_that_count_no_scores(tried: tuple[Path, dict[str, Any]]) -> None:
    """Gradients of several batches are accumulated also if a step leaves the scores alone."""
    assert tried[1]["same"] == "True\n"


def test_values_of_its_own(tried: tuple[Path, dict[str, Any]]) -> None:
    """What it logs stands in the results and the curves, beside what MInterface logs."""
    runs, found = tried

    first, second = rows(runs / "monitored")
    assert (first["stage"], first["set"], first["fooled"]) == ("val", "noise_data", "")
    assert (second["stage"], second["set"], second["fooled"]) == ("test", "noise_data", "0.5")
    sets = [(row["stage"], row["set"], bool(row["loss_d"])) for row in rows(runs / "two sets")]
    header = (runs / "one set/metrics.csv").read_text().splitlines()[0]
    assert {"val_loss_d/noise_data", "val_loss_d/other_data"} <= {*header.split(",")}
    assert "dataloader_idx" not in header
    names = ["noise_data", "other_data"]
    assert sets == [*(("val", name, True) for name in names), ("test", "noise_data", True)]
    panels = json.loads(found["panels"])
    assert {"loss_d", "loss_g", "balance", "learning rate"} == {*panels}
    assert {*panels["loss_d"]} == {"train_loss_d", "val_loss_d"}
    assert {"loss", "acc", "twice"} <= {*rows(runs / "plain")[0]}
    assert [row["seed"] for row in rows(runs / "seeds")] == ["1", "2", "mean", "std"] * 2


def test_resumed(tried: tuple[Path, dict[str, Any]]) -> None:
    """A run in two parts has the numbers of a run in one go."""
    runs, found = tried

    assert rows(runs / "gan") == rows(runs / "whole")
    assert "resuming" in found["resumed"]["stdout"]
    for case in ("gan", "whole"):
        config = yaml.safe_load((runs / case / "config.yaml").read_text())
        assert (config["interface"], config["interface_args"]["noise"]) == ("gan_interface", 4)


def test_other_stages(tried: tuple[Path, dict[str, Any]]) -> None:
    """Test and predict use the checkpoint's interface; the net alone and --finetune need none."""
    runs, found = tried

    assert "loss_d" in found["test"]["stdout"]
    assert "loss_d" in found["renamed"]["stdout"]
    assert [file for file in found["predict"]["new"] if file.endswith("noise_data.csv")]
    assert found["net"].split() == ["StandardNet", "False"]
    (run,) = {Path(file).parts[2] for file in found["finetuned"]["new"] if "/" in file[5:]}
    config = yaml.safe_load((runs / run / "config.yaml").read_text())
    assert (config["interface"], "interface_args" in config) == ("model_interface", False)


def test_a_file_that_is_gone(tried: tuple[Path, dict[str, Any]]) -> None:
    """A checkpoint needs its interface, and says so."""
    first, second = tried[1]["gone"]["stderr"].splitlines()

    assert first == "error: no interface is called 'gan_interface'"
    assert second.endswith("renamed since, add --interface NEW")


def test_help(tried: tuple[Path, dict[str, Any]]) -> None:
    """Its own parameters are options with a type and a text; those of MInterface are not."""
    text = tried[1]["help"]["stdout"]

    assert "random numbers that an image is generated from" in text
    assert {word for word in text.split() if word[:17] == "--interface_args."} == {
        f"--interface_args.{name}" for name in ("*", "noise", "width", "image")
    }

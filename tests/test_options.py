"""What is typed wrongly to main.py is refused in two lines, with the right thing to type."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import once
from mistakes import FILES, REFUSED, REGISTERED
from own_modules import enter
from plgen.commands.new import new
from projects import TINY, drive, outcomes, require_refusal

OWN_ERRORS = {
    "broken_net": "SyntaxError: ",
}
# A rate of nearly nothing never makes a net better.
IDLE = ("--lr=1e-12", "--patience=2", "--trainer.max_epochs=5")
ACCEPTED = {
    "other net": ["--model_name=standard_net"],
    "no evaluation": ["--eval_datasets"],
    "no evaluation but a monitor": ["--eval_datasets", "--monitor=train_acc"],
    "no evaluation by a file": ["--config", "null.yaml"],
    "no test": ["--test_datasets"],
    "no log of steps": ["--trainer.log_every_n_steps=0"],
    "nothing to evaluate": ["--eval_datasets", "--test_datasets"],
    "two words": ["--eval_datasets", "example_evaldata", "--run_name=two words"],
    "no scheduler": ["--lr_scheduler=null"],
    "stopped": ["--run_name=stopped", *IDLE, "--monitor=val_acc"],
    "unwatched": ["--run_name=unwatched", *IDLE, "--eval_datasets"],
}


@pytest.fixture
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project with files in it that are no good."""

    def make(folder: Path) -> None:
        project = new(str(folder / "sample"), {"author": ""}, git=False).path
        for name, text in FILES.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text)
        for name in REGISTERED:
            enter(project, "model", "NETS", name)

    return once(tmp_path_factory, "faulty", make) / "sample"


@pytest.fixture
def tried(tmp_path_factory: pytest.TempPathFactory, lab: Path, faulty: Path) -> dict[str, Any]:
    """Give what became of every command line."""
    nets = {net: ["--model_name", net] for net in OWN_ERRORS}
    accepted = {case: [*TINY, *typed] for case, typed in ACCEPTED.items()}
    # Those that are to train come last: the others are to find nothing but what was there.
    cases = {case: typed for case, (typed, _, _) in REFUSED.items()} | nets | accepted
    cases |= {"help": ["--help"], "all help": ["--help_all"]}

    def make(results: Path) -> None:
        drive(lab, faulty, "options.py", list(cases.items()), results)

    return outcomes(tmp_path_factory, "options", make)


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tried: dict[str, Any], faulty: Path, case: str) -> None:
    """A mistake costs status 2 and two lines, which say what is wrong and what to type."""
    _, error, cure = REFUSED[case]

    require_refusal(tried[case], error.format(project=faulty), cure)
    assert (tried[case]["stdout"], len(tried[case]["stderr"].splitlines())) == ("", 2)


@pytest.mark.parametrize(("net", "error"), OWN_ERRORS.items(), ids=OWN_ERRORS)
def test_a_broken_net_keeps_its_own_traceback(tried: dict[str, Any], net: str, error: str) -> None:
    """An error within a net's file is shown as Python shows it, and is no wrong usage."""
    found = tried[net]

    assert f'model/{net}.py", line 1' in found["traceback"]
    assert found["traceback"].splitlines()[-1].startswith(error)
    assert (found["code"], found["new"]) == (1, [])


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(tried: dict[str, Any], case: str) -> None:
    """What may be left out is left out, and a broken net disturbs no other."""
    found = tried[case]

    assert (found["traceback"], found["code"]) == ("", 0)
    assert [name for name in found["new"] if name.endswith("/last.ckpt")]


@pytest.mark.parametrize("case", ACCEPTED)
def test_where_a_run_is(tried: dict[str, Any], case: str) -> None:
    """Each run says once where its folder is, also when nothing was evaluated."""
    (last,) = (name for name in tried[case]["new"] if name.endswith("/last.ckpt"))

    lines = tried[case]["stdout"].splitlines()
    assert lines.count(f"Results in {last.removesuffix('/checkpoints/last.ckpt')}") == 1


def test_a_value_of_two_words(tried: dict[str, Any]) -> None:
    """A value with a blank belongs to its own option, also behind one that takes many."""
    assert "Logs/example_net/two words/config.yaml" in tried["two words"]["new"]


def test_help(tried: dict[str, Any]) -> None:
    """Every option is listed under what it belongs to, and none that only the parser knows."""
    text = tried["help"]["stdout"]

    assert (tried["help"]["code"], tried["help"]["stderr"]) == (0, "")
    for line in ("ExampleNet (--net.*):", "  --net.width ", "Trainer (--trainer.*):"):
        assert f"\n{line}" in text
    assert "Path to a configuration file" not in text


def described(text: str) -> dict[str, str]:
    """Return the options of a help text, each with what it says of it."""
    options = re.findall(r"^  (--\S+)(.*(?:\n {4}.*)*)", text, re.MULTILINE)
    return {option: " ".join(said.split()) for option, said in options}


def test_help_is_short(tried: dict[str, Any], faulty: Path) -> None:
    """The project's options come first; a sentence says what each option is."""
    options = described(tried["help"]["stdout"])
    own = re.findall(r'add\("(--\w+)"', (faulty / "main.py").read_text())
    names = [option for option in options if option in own or "." in option]

    assert names[: len(own)] == own
    assert all(said for said in options.values())
    assert max(map(len, options.values())) < 300
    assert all(said.count("(type: ") <= 1 and "<function" not in said for said in options.values())
    assert "default: 0.25" in options["--net.dropout"]
    assert options["--trainer.max_time"].endswith("this amount of time has passed")


def test_help_all(tried: dict[str, Any]) -> None:
    """About 30 options of the Trainer are shown, and all of them by --help_all."""
    some, every = (described(tried[case]["stdout"]) for case in ("help", "all help"))
    daily = [option for option in some if option.startswith("--trainer.")]

    assert tried["all help"]["code"] == 0
    assert 25 <= len(daily) <= 32
    assert {"--trainer.max_epochs", "--trainer.devices"} <= {*daily}
    assert {*every} - {*some} >= {"--trainer.min_epochs", "--trainer.use_distributed_sampler"}
    assert {*some} < {*every}


def checkpoints(found: dict[str, Any]) -> list[str]:
    """Return the names of the checkpoints that a command wrote, without the monitor's value."""
    names = (Path(name) for name in found["new"])
    return sorted(name.name.partition("-")[0] for name in names if name.suffix == ".ckpt")


@pytest.mark.parametrize(
    ("case", "kept"),
    {
        "no evaluation": ["last.ckpt"],
        "no evaluation but a monitor": ["best", "last.ckpt"],
        "no evaluation by a file": ["last.ckpt"],
        "no test": ["best", "last.ckpt"],
    }.items(),
)
def test_kept_checkpoints(tried: dict[str, Any], case: str, kept: list[str]) -> None:
    """Without evaluation nothing is best, and the last checkpoint is kept."""
    assert checkpoints(tried[case]) == kept


@pytest.mark.parametrize(("run", "last"), {"stopped": 2, "unwatched": 4}.items())
def test_early_stopping(tried: dict[str, Any], faulty: Path, run: str, last: int) -> None:
    """A value that does not improve ends the training, unless there is none to watch."""
    with (faulty / "Logs/example_net" / run / "metrics.csv").open(newline="") as file:
        epochs = [int(row["epoch"]) for row in csv.DictReader(file) if row["train_loss"]]

    assert tried[run]["code"] == 0
    assert epochs == list(range(last + 1))
    said = re.findall(r"early stopping .*", tried[run]["stdout"])
    assert len(said) == (run == "stopped")
    for line in said:
        why = "Monitored metric val_acc did not improve"
        assert line.startswith(f"early stopping after epoch {last}: {why}")

"""Checkpoints of code that was changed since: a net renamed, a parameter that came or went."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import once
from noise import NET, add_noise
from plgen.commands.new import new
from projects import TINY, python

LAST = "--ckpt_path=Logs/noisy_net/first/checkpoints/last.ckpt"
TEST = ["--stage=test", LAST, "--trainer.limit_test_batches=1"]
RENAMED = "; if it was renamed since, add"
PARAMETER = "dropout: float = 0.2"


@pytest.fixture
def trained(tmp_path_factory: pytest.TempPathFactory, lab: Path, tmp_path: Path) -> Path:
    """Give a project with a run of noisy_net on noisy_data, to change."""

    def make(folder: Path) -> None:
        made = new(str(folder / "sample"), {"author": "", "example": False}, git=False).path
        names = ["--model_name=noisy_net", "--train_dataset=noisy_data", "--run_name=first"]
        done = python(lab, add_noise(made), "main.py", *TINY, *names)
        assert done.returncode == 0, done.stderr

    shutil.copytree(once(tmp_path_factory, "changed", make) / "sample", tmp_path / "sample")
    return tmp_path / "sample"


def unregister(project: Path, package: str, name: str, now: str = "") -> None:
    """Take a name out of a register, or put another in its place."""
    register = project / package / "__init__.py"
    line = f'    "{now}",\n' if now else ""
    register.write_text(register.read_text().replace(f'    "{name}",\n', line))


def test_a_parameter_that_came_later(
    trained: Path, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its default is used. The checkpoint may be given from the home folder."""
    monkeypatch.setenv("HOME", str(trained))
    (trained / "model/noisy_net.py").write_text(
        NET.lstrip().replace(PARAMETER, f"{PARAMETER}, depth: int = 3")
    )
    at_home = LAST.replace("Logs", "~/Logs")
    for typed in (TEST, [at_home, "--trainer.max_epochs=2"]):
        done = python(lab, trained, "main.py", *typed)

        assert done.returncode == 0, done.stderr


def test_a_parameter_that_is_gone(trained: Path, lab: Path) -> None:
    """Its value is left out, and said."""
    text = NET.lstrip().replace(PARAMETER, "").replace("(dropout)", "(0.2)")
    (trained / "model/noisy_net.py").write_text(text)

    done = python(lab, trained, "main.py", *TEST)

    assert done.returncode == 0, done.stderr
    assert "--net.dropout 0.2 is no longer an option and is ignored\n" in done.stdout


def test_an_option_of_main_that_is_gone(trained: Path, lab: Path) -> None:
    """It is left out, which is said; another one is kept, whatever its name."""
    main = trained / "main.py"
    option = '    add("--warmth", type=int, default=3)\n'
    kept = '    add("--group", type=dict[str, float] | None, default=None)\n'
    end = "    parser.add_trainer("
    main.write_text(main.read_text().replace(end, f"{option}{kept}{end}"))
    interface = trained / "model/model_interface.py"
    last = "    ) -> None:\n        super().__init__()"
    text = interface.read_text().replace(last, f"        group: Any = None,\n{last}")
    interface.write_text(text)
    names = ["--model_name=noisy_net", "--train_dataset=noisy_data", "--run_name=warm"]
    done = python(lab, trained, "main.py", *TINY, *names, "--group={a: 1.0}")
    assert done.returncode == 0, done.stderr
    main.write_text(main.read_text().replace(option, ""))

    test = [word.replace("first", "warm") for word in TEST]
    done = python(lab, trained, "main.py", *test, "--run_name=tested")

    assert done.returncode == 0, done.stderr
    assert "--warmth 3 is no longer an option and is ignored\n" in done.stdout
    config = (trained / "Logs/noisy_net/tested/config.yaml").read_text()
    assert "group:\n  a: 1.0\n" in config


def test_other_layers(trained: Path, lab: Path) -> None:
    """Weights that do not fit the net any more are refused by name, and nothing changes."""
    (trained / "model/noisy_net.py").write_text(NET.lstrip().replace("16", "24"))
    record = trained / "Logs/noisy_net/first/run.json"
    before = record.read_bytes()

    done = python(lab, trained, "main.py", LAST, "--trainer.max_epochs=2")

    assert done.returncode == 2
    assert "last.ckpt do not fit the net: net.layers.1.bias, " in done.stderr
    assert "--finetune Logs/noisy_net/first/checkpoints/last.ckpt" in done.stderr
    assert record.read_bytes() == before


def test_a_net_that_was_renamed(trained: Path, lab: Path) -> None:
    """A checkpoint's net that is not there is named, with what to type for the new name."""
    text = NET.lstrip().replace("NoisyNet", "NoisierNet")
    (trained / "model/noisy_net.py").unlink()
    (trained / "model/noisier_net.py").write_text(text)
    unregister(trained, "model", "noisy_net", "noisier_net")

    done = python(lab, trained, "main.py", *TEST)

    assert done.returncode == 2
    known = "noisier_net, standard_net"
    assert done.stderr.splitlines() == [
        "error: no net is called 'noisy_net'",
        f"help: did you mean noisier_net? known: {known}{RENAMED} --model_name NEW",
    ]
    file = trained / "model/noisier_net.py"
    file.write_text(file.read_text().replace("dropout: float = 0.2", "dropout: float = 0.7"))
    config = "--config=Logs/noisy_net/first/config.yaml"
    finetune = LAST.replace("--ckpt_path", "--finetune")
    started = {
        "tested": TEST,
        "finetuned": [*TINY, finetune],
        "repeated": [*TINY, config],
        "both": [*TINY, config, finetune],
    }
    for run, typed in started.items():
        names = ["--model_name=noisier_net", f"--run_name={run}"]
        done = python(lab, trained, "main.py", *typed, *names)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("noisier_net replaces noisy_net and gets its --net.*\n") == 1
        text = (trained / f"Logs/noisier_net/{run}/config.yaml").read_text()
        assert "net:\n  dropout: 0.2\n" in text


def test_a_dataset_that_was_renamed(trained: Path, lab: Path) -> None:
    """Named in the place of the old one, it gets the arguments that the checkpoint has for that."""
    aliases = ["noisy_data", "noisy_data:less"]
    tested = ["--test_datasets", *aliases, "--noisy_data.size=40", "--noisy_data:less.size=20"]
    names = ["--model_name=noisy_net", "--train_dataset=noisy_data", *tested, "--run_name=sized"]
    assert python(lab, trained, "main.py", *TINY, *names).returncode == 0
    text = (trained / "data/noisy_data.py").read_text().replace("NoisyData", "RoughData")
    (trained / "data/noisy_data.py").unlink()
    (trained / "data/rough_data.py").write_text(text)
    unregister(trained, "data", "noisy_data", "rough_data")

    last = LAST.replace("first", "sized")
    typed = ["--stage=test", last, "--test_datasets", "rough_data:less", "rough_data"]
    done = python(lab, trained, "main.py", *typed, "--run_name=tested")

    assert done.returncode == 0, done.stderr
    assert "rough_data replaces noisy_data and gets its --noisy_data.*\n" in done.stdout
    config = (trained / "Logs/noisy_net/tested/config.yaml").read_text()
    assert "rough_data:\n  size: 40\n" in config
    assert "rough_data:less:\n  size: 20\n" in config

    replaced = [*typed[:3], "stream_data", "stream_data:less", "--run_name=replaced"]
    done = python(lab, trained, "main.py", *replaced)

    assert done.returncode == 0, done.stderr
    assert "--stream_data.size 40 is no longer an option and is ignored\n" in done.stdout


def test_a_dataset_that_was_removed(trained: Path, lab: Path) -> None:
    """A test asks for its own sets alone; going on asks for all, each named once."""
    (trained / "data/noisy_data.py").unlink()
    unregister(trained, "data", "noisy_data")

    tested = python(lab, trained, "main.py", *TEST, "--run_name=tested")
    gone_on = python(lab, trained, "main.py", LAST, "--trainer.max_epochs=2")
    several = [LAST, "--train_dataset", "standard_data", "noisy_data"]
    named = python(lab, trained, "main.py", *several)

    assert tested.returncode == 0, tested.stderr
    assert (
        "train_dataset:\n- noisy_data\n"
        in (trained / "Logs/noisy_net/tested/config.yaml").read_text()
    )
    assert gone_on.returncode == 2
    known = "standard_data, stream_data"
    assert gone_on.stderr.splitlines() == [
        "error: no dataset is called 'noisy_data'",
        f"help: did you mean stream_data? known: {known}{RENAMED} --train_dataset NEW",
    ]
    assert named.stderr.endswith(" --train_dataset standard_data NEW\n")

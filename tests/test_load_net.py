"""`load_net` gives the trained net of a checkpoint to any Python program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from plgen.commands.add import add
from plgen.commands.new import new
from plgen.naming.kinds import NET
from projects import TINY, drive, outcomes, python

# Each is trained under its name; the layers of the second get their shapes from the first batch.
NETS = {
    "standard_net": "",
    "lazy_net": """
from torch import Tensor, nn


class LazyNet(nn.Module):
    def __init__(self, width: int = 8) -> None:
        super().__init__()
        hidden = nn.Sequential(nn.LazyLinear(width), nn.Dropout())
        self.layers = nn.Sequential(nn.Flatten(), hidden, nn.LazyLinear(10))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
""",
    "started_net": """
import torch
from torch import Tensor, nn


class StartedNet(nn.Module):
    def __init__(self, weights: str | None = None) -> None:
        super().__init__()
        self.layer = nn.Linear(784, 10)
        if weights is not None:
            self.load_state_dict(torch.load(weights))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))
""",
}
ARGUMENTS = {"lazy_net": ["--net.width=6"], "started_net": ["--net.weights=first.pt"]}
FIRST = """
import torch
torch.save({"layer.weight": torch.ones(10, 784), "layer.bias": torch.ones(10)}, "first.pt")
"""
# Outside of the project: its folder comes as an argument, and outcomes go to a file.
LOAD = """
import json, sys
from pathlib import Path
project, results = map(Path, sys.argv[1:])
sys.path.insert(0, str(project))
import torch
from engine import OptionError, load_net
runs = {path.parents[2].name: path for path in project.glob("Logs/*/run/checkpoints/last.ckpt")}
saved = torch.load(runs["standard_net"], weights_only=True)
compiled = torch.compile(load_net(runs["standard_net"]), backend="eager")
state = {f"net.{key}": value for key, value in compiled.state_dict().items()}
files = {
    "compiled": {**saved, "state_dict": state},
    "changed": {**saved, "state_dict": {"net.other": torch.ones(1)}},
    "renamed": {**saved, "config": {**saved["config"], "model_name": "other_net"}},
    "weights": saved["state_dict"],
}
for name, content in files.items():
    torch.save(content, f"{name}.ckpt")
Path("alone").mkdir()
Path("alone/damaged.ckpt").write_bytes(Path("compiled.ckpt").read_bytes()[:-100])
cases = {**runs, **{name: Path(f"{name}.ckpt") for name in (*files, "alone/damaged", "missing")}}
outcomes = {}
for name, path in cases.items():
    try:
        net = load_net(str(path))
    except OptionError as error:
        outcomes[name] = str(error)
        continue
    checkpoint = torch.load(path, weights_only=True)["state_dict"]
    trained = {key.replace("_orig_mod.", "")[4:]: value for key, value in checkpoint.items()}
    weights = net.state_dict()
    outcomes[name] = {
        "class": type(net).__name__,
        "training": any(part.training for part in net.modules()),
        "output": list(net(torch.zeros(2, 1, 28, 28)).shape),
        "trained": all(torch.equal(weights[key], trained[key]) for key in weights),
    }
results.write_text(json.dumps(outcomes))
"""
LOADED = {
    "standard_net": "StandardNet",
    "lazy_net": "LazyNet",
    "started_net": "StartedNet",
    "compiled": "StandardNet",
}
# The beginning of the error, and a part of the help.
REFUSED = {
    "missing": ("there is no checkpoint missing.ckpt", "Logs/<model_name>"),
    "alone/damaged": ("alone/damaged.ckpt cannot be loaded: it is damaged", "another checkpoint"),
    "weights": ("weights.ckpt is not a checkpoint of this project", "that main.py wrote"),
    "changed": ("the weights in changed.ckpt do not fit the net: ", "--finetune changed.ckpt"),
    "renamed": ("no net is called 'other_net'", "known: "),
}


@pytest.fixture(scope="module")
def loaded(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give what a script in another folder made of each checkpoint."""

    def make(results: Path) -> None:
        made = new(str(results.parent / "sample"), {"author": "", "example": False}, git=False).path
        assert python(lab, made, "-c", FIRST).returncode == 0
        for name, text in NETS.items():
            if text:
                (made / add(NET, name, start=made).file).write_text(text)
        cases = [
            (name, [*TINY, f"--model_name={name}", "--run_name=run", *ARGUMENTS.get(name, [])])
            for name in NETS
        ]
        drive(lab, made, "options.py", cases, results.with_name("trained.json"))
        (made / "first.pt").unlink()
        elsewhere = results.parent / "elsewhere"
        elsewhere.mkdir()
        done = python(lab, elsewhere, "-c", LOAD, made, results)
        trained = json.loads(results.with_name("trained.json").read_text())
        assert done.returncode == 0, (trained, done.stderr)

    return outcomes(tmp_path_factory, "load-net", make)


@pytest.mark.parametrize("case", LOADED)
def test_load_net(loaded: dict[str, Any], case: str) -> None:
    """The net has the trained weights, is in eval mode, and is neither wrapped nor an interface."""
    assert loaded[case] == {
        "class": LOADED[case],
        "training": False,
        "output": [2, 10],
        "trained": True,
    }


@pytest.mark.parametrize("case", REFUSED)
def test_load_net_refuses(loaded: dict[str, Any], case: str) -> None:
    """What is not a checkpoint of the net is refused in two lines."""
    error, hint = loaded[case].splitlines()

    assert error.startswith(f"error: {REFUSED[case][0]}")
    assert hint.startswith("help: ")
    assert REFUSED[case][1] in hint

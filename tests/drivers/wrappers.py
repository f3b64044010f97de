"""Split batches for nets within wrappers: inputs go to the parameters of the net by their names.

python wrappers.py CASES RESULTS, in a project's folder. CASES is not used. RESULTS becomes a
mapping of each wrapper -> what the net computes of left 3 and right 1, or the error.
"""

# pyright: basic
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import functools
import importlib
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))


def library(name: str) -> Any:
    """Import what the project's environment has, and that of these tests has not."""
    return importlib.import_module(name)


torch, engine = library("torch"), library("engine")
nn = torch.nn


class Difference(nn.Module):
    """Left minus right."""

    def forward(self, left: Any, right: Any) -> Any:
        return left - right


class Wrapper(nn.Module):
    """Hands on whatever it gets."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.inner = net

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self.inner(*inputs, **named)


class Averaged(Wrapper):
    """Has a second net beside the one that it calls."""

    def __init__(self, net: Any) -> None:
        super().__init__(net)
        self.other = Difference()


def bare(forward: Any) -> Any:
    """Decorate without saying what is within."""

    def decorated(self: Any, *inputs: Any, **named: Any) -> Any:
        return forward(self, *inputs, **named)

    return decorated


class Decorated(Difference):
    """A decorator that says what it decorates."""

    forward = functools.wraps(Difference.forward)(bare(Difference.forward))


class Undisclosed(Difference):
    """A decorator that does not."""

    forward = bare(Difference.forward)


class InOrder(nn.Module):
    """Takes inputs by their order alone."""

    def forward(self, *inputs: Any) -> Any:
        return inputs[0] - inputs[1]


class OtherNames(nn.Module):
    """Has other names for them."""

    def forward(self, a: Any, b: Any) -> Any:
        return a - b


def compiled_in_place() -> Any:
    """Return a net that was compiled by its own method."""
    net = Difference()
    net.compile(backend="eager")
    return net


NETS: dict[str, Any] = {
    "plain": Difference,
    "compiled": lambda: torch.compile(Difference(), backend="eager"),
    "compiled in place": compiled_in_place,
    "parallel": lambda: nn.DataParallel(Difference()),
    "averaged weights": lambda: torch.optim.swa_utils.AveragedModel(Difference()),
    "wrapper": lambda: Wrapper(Difference()),
    "wrapper of a compiled net": lambda: Wrapper(torch.compile(Difference(), backend="eager")),
    "wrapper of two": lambda: Averaged(Difference()),
    "decorated": Decorated,
    "undisclosed": Undisclosed,
    "traced": lambda: torch.jit.trace(Difference(), (torch.ones(1), torch.ones(1))),
    "in order": InOrder,
    "other names": OtherNames,
}


def main() -> None:
    """Give every net a batch in which right comes first."""
    found: dict[str, Any] = {}
    for name, make in NETS.items():
        net, one = make(), torch.ones(1)
        batch = {"right": one, "left": 3 * one, "target": one}
        try:
            inputs, named, _ = engine.split_batch(batch, net)
            found[name] = net(*inputs, **named).item()
        except engine.OptionError as error:
            found[name] = str(error)
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()

"""Split batches for nets within wrappers: inputs go to the parameters of the net by their names.

python wrappers.py CASES RESULTS, in a project's folder. CASES is not used. RESULTS becomes a
mapping of each wrapper -> what the net computes of left 3 and right 1, or the error.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

import torch
from engine import OptionError, split_batch
from torch import nn


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


class Undisclosed(Difference):
    """A decorator that does not say what it decorates."""

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return super().forward(*inputs, **named)


class Decorated(Undisclosed):
    """A decorator that says it."""

    forward = functools.wraps(Difference.forward)(Undisclosed.forward)


class OtherNames(nn.Module):
    """Has other names for them."""

    def forward(self, a: Any, b: Any) -> Any:
        return a - b


NETS: dict[str, Any] = {
    "plain": Difference,
    "compiled": lambda: torch.compile(Difference(), backend="eager"),
    "wrapper": lambda: Wrapper(Difference()),
    "wrapper of a compiled net": lambda: Wrapper(torch.compile(Difference(), backend="eager")),
    "decorated": Decorated,
    "undisclosed": Undisclosed,
    "traced": lambda: torch.jit.trace(Difference(), (torch.ones(1), torch.ones(1))),
    "other names": OtherNames,
}


def main() -> None:
    """Give every net a batch in which right comes first."""
    found: dict[str, Any] = {}
    for name, make in NETS.items():
        net, one = make(), torch.ones(1)
        batch = {"right": one, "left": 3 * one, "target": one}
        try:
            inputs, named, _ = split_batch(batch, net)
            found[name] = net(*inputs, **named).item()
        except OptionError as error:
            found[name] = str(error)
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()

"""Predict with several ways to write predict_step, in one process.

python predictions.py CASES RESULTS, in a project's folder. CASES is a list of names of STEPS;
RESULTS becomes a mapping of name -> error, what was printed, the columns of each file, and batches.
"""

# pyright: basic, reportMissingImports=false
# PyTorch is not in the environment that checks these types.
from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path.cwd()))

import numpy as np
import pytorch_lightning as pl
import torch
from data import DInterface
from engine import OptionError
from engine.runs.predictions import Predictions, report_predictions
from model import MInterface

SAMPLES, BATCH = 17, 8  # the last batch is a single sample
calls: list[int] = []  # samples of the batches so far


def named(logits: Any) -> Any:
    """Return columns of one number, several numbers and a text each."""
    names = [f"é {i}" for i in range(len(logits))]
    return {"best": logits.argmax(1), "features": logits, "name": names}


def pixels(logits: Any) -> Any:
    """Return classes of three pixels, as the standard step does."""
    output = logits[:, :, None].repeat(1, 1, 3)
    return {"output": output, "target": output.argmin(1)}


def boxes(logits: Any) -> Any:
    """Return a dict for each sample, with another number of boxes in each."""
    return [{"boxes": torch.ones(i % 3, 4), "score": 0.5} for i in range(len(logits))]


def late(logits: Any) -> Any:
    """Return something else after the first batch."""
    return logits if len(calls) == 1 else logits[:3]


STEPS: dict[str, Any] = {
    "standard": lambda logits: {"output": logits, "target": torch.zeros(len(logits))},
    "pixels": pixels,
    "tensor": lambda logits: logits.softmax(1),
    "half": lambda logits: logits.argmax(1).to(torch.bfloat16),
    "squeezed": lambda logits: logits[:, :1].squeeze(),
    "array": lambda logits: logits.max(1).values.numpy().astype("float64"),
    "tuple": lambda logits: (logits.argmax(1), logits.max(1).values),
    "list of tensors": lambda logits: list(logits.argmax(1)),
    "no target": lambda logits: {"output": logits, "target": None},
    "target of boxes": lambda logits: {"output": logits, "target": boxes(logits)},
    "target of texts": lambda logits: {"output": logits, "target": ["a"] * len(logits)},
    "texts": lambda logits: [f"it's, {i}" for i in range(len(logits))],
    "dict": named,
    "list of dicts": boxes,
    "dict with gaps": lambda logits: {"a": logits.argmax(1), "b": None},
    "nested": lambda logits: {"heads": {"left": logits[:, 0], "right": logits[:, 1]}},
    "file": lambda logits: {"file": ["a.png"] * len(logits), "mask": logits},
    "nothing": lambda _: None,
    "one number": lambda logits: logits.mean(),
    "batch last": lambda logits: logits.T,
    "too few": lambda logits: {"a": logits[:, 0], "b": logits[:3, 0]},
    "index": lambda logits: {"index": logits[:, 0]},
    "late": late,
    "number of a stream": lambda logits: logits.mean(),
}


class Stream(torch.utils.data.IterableDataset):
    """Items without a length."""

    def __iter__(self) -> Any:
        """Yield the items of standard_data."""
        dataset = DInterface("standard_data").instancialize("standard_data", "test")
        return (dataset[index] for index in range(SAMPLES))


def shown(file: Path) -> dict[str, Any]:
    """Return the columns of a file, each with its first value or with its shape and type."""
    if file.suffix == ".npz":
        arrays = dict(np.load(file))
        return {name: [list(array.shape), array.dtype.kind] for name, array in arrays.items()}
    with file.open(newline="", encoding="utf-8") as opened:
        found = list(csv.DictReader(opened))
    return {"rows": len(found), **found[1]}


def outcome(name: str) -> dict[str, Any]:
    """Predict, and say what became of it."""
    calls.clear()

    class Own(MInterface):
        def predict_step(self, batch: Any, *_: Any) -> Any:
            calls.append(len(batch[0]))
            return STEPS[name](self(batch[0]))

    sets = {
        "test_datasets": ["standard_data"],
        "dataset_args": {"standard_data": {"size": SAMPLES}},
    }
    printed, error = io.StringIO(), ""
    with TemporaryDirectory() as folder, contextlib.redirect_stdout(printed):
        writer = Predictions(Path(folder))
        options = {"accelerator": "cpu", "logger": False, "enable_progress_bar": False}
        trainer = pl.Trainer(callbacks=[writer], enable_model_summary=False, **options)
        loaded = DInterface("standard_data", batch_size=BATCH, **sets)
        if name.endswith("stream"):
            loaded.instancialize = lambda *_: Stream()
        try:
            trainer.predict(Own("standard_net"), loaded, return_predictions=False)
        except OptionError as refused:
            error = f"{type(refused).__name__}: {refused}"
        report_predictions(Path(folder))
        files = {file.name: shown(file) for file in sorted(Path(folder).iterdir())}
    return {"error": error, "stdout": printed.getvalue(), "files": files, "batches": len(calls)}


def main() -> None:
    """Try every case."""
    cases, results = (Path(argument) for argument in sys.argv[1:])
    results.write_text(json.dumps({name: outcome(name) for name in json.loads(cases.read_text())}))


if __name__ == "__main__":
    main()

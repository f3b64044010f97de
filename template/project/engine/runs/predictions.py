"""The files of --stage predict: one per set, with the index of each sample and what predict_step returned.

- prediction: the class, the label (0 or 1) or the number that the net predicts
- score: the net's output for each class (logits), or the probability that a label is 1
- target: as the dataset gives it

Your own predict_step returns one value per sample of the batch, written as `prediction`: a tensor, an array,
or a list of numbers or strings. A dict of these makes several columns. None writes nothing.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import BasePredictionWriter
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor
from torch.utils.data import IterableDataset

from ..contract import loader_of
from ..errors import OptionError, RunError, one_line
from ..learning.losses import library_equivalent
from ..learning.targets import LOGITS, task
from ..loading.batches import first, shapes
from ..loading.processes import gathered, report_once

Array = np.ndarray[Any, Any]
Columns = dict[str, Array]  # name -> (N, ...), a row for each sample

HALF_PRECISION = (torch.bfloat16, torch.float16)  # numpy does not have the first
PLAIN = (str, int, float, np.generic)
TEXT = "US"  # numpy's kinds of text
WRITABLE = f"biufc{TEXT}"  # kinds of arrays that files can hold
VALUES = "a tensor ({n}, ...), a list of {n} numbers or strings, or a dict of these"
RESERVED = ("index", "file", "allow_pickle")  # the column of indices, and parameters of savez_compressed


class Predictions(BasePredictionWriter):
    """Writes <set>.csv if each sample has a class, number or text, and <set>.npz otherwise.

    Raises OptionError if the first batch cannot be written, and RunError for a later one.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__("batch")
        self.folder, self.set_index = folder, 0
        self.batches: list[Columns] = []  # of the current set

    def on_predict_batch_start(
        self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if dataloader_idx != self.set_index:  # an error in the next set must not lose this one
            self.write(trainer)
            self.set_index = dataloader_idx

    def write_on_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        prediction: Any,
        batch_indices: Sequence[int] | None,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int,
    ) -> None:
        if prediction is None:
            return
        loader = loader_of(trainer, dataloader_idx)
        indices = None if isinstance(loader.dataset, IterableDataset) else batch_indices
        try:
            columns = columns_of(prediction, library_equivalent(str(pl_module.hparams["loss"])))
            columns = ({"index": np.array(indices)} if indices else {}) | columns
            if indices and len(indices) == 1:  # the value of a single sample may be squeezed
                columns = {name: np.atleast_1d(column) for name, column in columns.items()}
            check_rows(columns, [*self.batches, columns][0])
        except (TypeError, ValueError, RuntimeError) as error:
            name = set_name(loader, dataloader_idx)
            message = f"predict_step returned {shapes(prediction)} for {name}: {one_line(error)}"
            values = VALUES.format(n=len(indices) if indices else "N")
            kind = RunError if batch_idx or dataloader_idx else OptionError
            hint = f"return one value for each sample, all of one shape: {values}"
            raise kind(message, hint) from error
        self.batches.append(columns)

    def on_predict_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.write(trainer)

    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        if self.batches and trainer.world_size == 1:  # several processes would wait for one another
            self.write(trainer, "-unfinished")

    def write(self, trainer: pl.Trainer, ending: str = "") -> None:
        """Write the current set, from all processes."""
        loader, batches, self.batches = loader_of(trainer, self.set_index), self.batches, []
        shares = gathered(joined(batches) if batches else {})
        if shares and all(shares):  # in the first process
            self.folder.mkdir(exist_ok=True)
            columns = merge_processes(shares)
            file = set_name(loader, self.set_index).replace(":", "-")
            write_set(columns, self.folder / f"{file}{ending}")


def set_name(loader: Any, number: int) -> str:
    """Return the name of a loader's set; your own loader of torch has none."""
    return getattr(loader, "name", f"set_{number}")


@rank_zero_only
def report_predictions(folder: Path) -> None:
    """Print which files were written."""
    files = sorted(file.name for file in folder.glob("*") if file.suffix in (".csv", ".npz"))
    print(f"Predictions in {folder}: {', '.join(files) or 'none were returned'}")


def columns_of(returned: Any, loss: str) -> Columns:
    """Return the columns of a batch. Raises TypeError or ValueError for values that cannot be written."""
    columns: dict[str, Any] = returned if isinstance(returned, dict) else {"prediction": returned}
    if "output" in columns:
        output = first(columns["output"])
        decided = decision(output, loss) if isinstance(output, Tensor) else {"prediction": columns["output"]}
        columns = {name: value for name, value in columns.items() if name != "output"} | decided
        columns["target"] = target_column(columns.get("target"))
    if reserved := [name for name in RESERVED if name in columns]:
        raise ValueError(f"the name {reserved[0]} is reserved")
    return {str(name): array_of(value) for name, value in columns.items() if value is not None}


def target_column(target: Any) -> Array | None:
    """Return a target, of several the first; report one that cannot be written, such as boxes."""
    if target is None:
        return None
    are_texts = isinstance(target, (list, tuple)) and all(isinstance(each, str) for each in target)
    try:
        return array_of(target if are_texts else first(target))
    except TypeError as error:
        report_once(f"the targets are not written to the predictions: {error}")
        return None


def decision(output: Tensor, loss: str) -> dict[str, Tensor]:
    """Return the prediction of a net's output, which depends on the loss."""
    output = output.float() if output.dtype in HALF_PRECISION else output
    if task(loss) == "classes" and output.ndim > 1:
        return {"prediction": output.argmax(1), "score": output}
    if task(loss) == "labels":
        score = output.sigmoid() if loss in LOGITS else output
        return {"prediction": (score > 0.5).int(), "score": score}
    return {"prediction": output}


def array_of(value: Any) -> Array:
    """Return a tensor, an array, or a list of numbers or strings, as an array."""
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        value = (value.float() if value.dtype in HALF_PRECISION else value).numpy()
    elif isinstance(value, (list, tuple)) and not all(isinstance(each, PLAIN) for each in value):
        raise TypeError("a list holds more than numbers or strings")
    array = np.asarray(value)
    if array.dtype.kind not in WRITABLE:
        raise TypeError(f"{type(value).__name__} cannot be written")
    return array


def check_rows(columns: Columns, first_batch: Columns) -> None:
    """Raise ValueError unless each sample has one row, of the same shape as in the first batch."""
    samples = len(np.atleast_1d(next(iter(columns.values()), ())))
    for name, column in columns.items():
        if not column.ndim:
            raise ValueError(f"{name} is one value for the whole batch")
        if len(column) != samples:
            raise ValueError(f"{name} has {len(column)} rows for {samples} samples")
    if forms(columns) != forms(first_batch):
        raise ValueError(f"the first batch had {shapes(first_batch)}")


def forms(columns: Columns) -> dict[str, tuple[tuple[int, ...], bool]]:
    """Return the shape of one row of each column, and whether it holds text."""
    return {name: (column.shape[1:], column.dtype.kind in TEXT) for name, column in columns.items()}


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the columns of several batches, or of all processes, one behind the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def merge_processes(shares: list[Columns]) -> Columns:
    """Return the columns of all processes in the order of the samples' indices, which come first.

    An IterableDataset, which one process reads, has no indices.
    """
    columns = joined(shares)
    rows = columns.pop("index") if "index" in columns else np.arange(len(next(iter(columns.values()))))
    index, order = np.unique(rows, return_index=True)  # processes may have repeated samples
    return {"index": index} | {name: column[order] for name, column in columns.items()}


def write_set(columns: dict[str, Any], file: Path) -> None:
    """Write one set to <file>.csv or <file>.npz."""
    table: Columns = {}
    for name, column in columns.items():
        if column.size == len(column):
            table[name] = column.reshape(-1)
        elif name == "score" and column.ndim == 2 and columns.get("prediction", column).size == len(column):
            table |= {f"score_{number}": scores for number, scores in enumerate(column.T)}
        else:
            np.savez_compressed(f"{file}.npz", **columns)
            return
    with Path(f"{file}.csv").open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))

"""What `--stage predict` writes: a file for each set, with the index of each sample and what predict_step returned.

- prediction: the class, the label (0 or 1) or the number that the net predicts
- score: of a class what the net returned for it (a logit), of a label the probability of a 1
- target: as the dataset gives it

A predict_step of your own returns one value for each sample of the batch, written as `prediction`: a tensor, or a list
of numbers, strings, tensors or dicts. A dict or a tuple of these makes several columns. None is not written.
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

from ..errors import OptionError, RunError
from ..learning.targets import LOGITS, task
from ..loading.batches import first, shapes
from ..loading.processes import gathered, size_of

Array = np.ndarray[Any, Any]
Columns = dict[str, Array]  # name -> (N, ...), a row for each sample

SMALL = (torch.bfloat16, torch.float16)  # numpy does not know the first
TEXT = "US"  # kinds of arrays
PLAIN = f"biufc{TEXT}"  # those that files can hold
FORM = "return one value for each sample: a tensor ({n}, ...), a list of {n} strings or dicts, or a dict of these"


class Predictions(BasePredictionWriter):
    """Writes <set>.csv where each sample has one class, number or text, and <set>.npz for anything else.

    Args:
        folder: where the files go.

    Raises OptionError for what cannot be written, or RunError after the first batch.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__("batch")
        self.folder, self.set_index = folder, 0
        self.batches: list[Columns] = []  # of this set

    def on_predict_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if dataloader_idx != self.set_index:  # what is predicted is kept, whatever happens to the next set
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
        loader = loaders_of(trainer)[dataloader_idx]
        indices = None if isinstance(loader.dataset, IterableDataset) else batch_indices
        try:
            columns = columns_of(prediction, str(pl_module.hparams["loss"]))
            check_rows(columns, indices, self.batches)
        except (TypeError, ValueError, RuntimeError) as error:
            reason = f"predict_step returned {shapes(prediction)} for {loader.name}: {' '.join(str(error).split())}"
            kind = RunError if batch_idx or dataloader_idx else OptionError
            raise kind(reason, FORM.format(n=len(indices) if indices else "N")) from error
        self.batches.append(columns | ({"index": np.array(indices)} if indices else {}))

    def on_predict_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.write(trainer)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        if self.batches and trainer.world_size == 1:  # several processes would wait for one another
            self.write(trainer, "-unfinished")

    def write(self, trainer: pl.Trainer, ending: str = "") -> None:
        """Write what all processes have of a set."""
        loader, batches, self.batches = loaders_of(trainer)[self.set_index], self.batches, []
        shares = gathered({name: joined([batch[name] for batch in batches]) for name in (batches or [{}])[0]})
        if shares and all(shares):  # in the first process
            self.folder.mkdir(exist_ok=True)
            columns = in_order(shares, size_of(loader.dataset))
            write_set(columns, self.folder / f"{loader.name}{ending}")


@rank_zero_only
def report_predictions(folder: Path) -> None:
    """Print which files were written."""
    files = sorted(file.name for file in folder.glob("*") if file.suffix in (".csv", ".npz"))
    print(f"Predictions in {folder}: {', '.join(files) or 'none were returned'}")


def loaders_of(trainer: pl.Trainer) -> list[Any]:
    """Return the loaders of the sets, also where DInterface gives one instead of a list."""
    loaders: Any = trainer.predict_dataloaders
    return loaders if isinstance(loaders, list) else [loaders]


def columns_of(returned: Any, loss: str) -> Columns:
    """Return what predict_step returned for a batch as columns. Raises TypeError or ValueError if they are none."""
    if not (isinstance(returned, dict) and "output" in returned):
        return flat(returned, "prediction")
    decided = decision(first(returned["output"]), loss)
    others = {name: first(value) if name == "target" else value for name, value in returned.items() if name != "output"}
    return flat(others | decided, "")


def decision(output: Tensor, loss: str) -> dict[str, Tensor]:
    """Return what a net predicts, as its output and the loss tell."""
    output = output.float() if output.dtype in SMALL else output
    if task(loss) == "classes" and output.ndim > 1:
        return {"prediction": output.argmax(1), "score": output}
    if task(loss) == "labels":
        score = output.sigmoid() if loss in LOGITS else output
        return {"prediction": score > 0.5, "score": score}
    return {"prediction": output}


def flat(value: Any, name: str) -> Columns:
    """Return a value for each sample, or several in dicts and tuples, as one column each."""
    if isinstance(value, dict):
        prefix = "" if name in ("", "prediction") else f"{name}."
        parts = [flat(part, f"{prefix}{key}") for key, part in value.items() if part is not None]
        return {key: column for part in parts for key, column in part.items()}
    if isinstance(value, tuple) and not all(isinstance(part, (str, int, float)) for part in value):
        return flat({f"{name}_{number}": part for number, part in enumerate(value)}, "")
    if isinstance(value, list) and value and all(isinstance(sample, dict) for sample in value):
        if any(sample.keys() != value[0].keys() for sample in value):
            raise ValueError("the dicts of a list hold different keys")
        return flat({key: [sample[key] for sample in value] for key in value[0]}, name)
    if isinstance(value, (list, tuple)):
        return {name: joined([array_of(sample)[np.newaxis] for sample in value])}
    return {name: array_of(value)}


def array_of(value: Any) -> Array:
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        value = (value.float() if value.dtype in SMALL else value).numpy()
    array = np.asarray(value)
    if array.dtype.kind not in PLAIN:
        raise TypeError(f"{type(value).__name__} cannot be written")
    return array


def check_rows(columns: Columns, indices: Sequence[int] | None, before: list[Columns]) -> None:
    """Raise ValueError unless there is one row for each sample, and the columns are those of the batches before."""
    if indices and len(indices) == 1:  # a sample alone, squeezed
        columns |= {name: column[np.newaxis] for name, column in columns.items() if not column.ndim}
    rows = {name: len(column) if column.ndim else "no" for name, column in columns.items()}
    wanted = len(indices) if indices else next(iter(rows.values()), 0)
    if wrong := {name: count for name, count in rows.items() if count != wanted or count == "no"}:
        name, count = next(iter(wrong.items()))
        raise ValueError(f"{name} has {count} rows for {wanted} samples")
    if "index" in columns:
        raise ValueError("index is the column of the samples' places in the set")
    if before and columns.keys() != before[0].keys() - {"index"}:
        raise ValueError(f"the batches before had {', '.join(before[0].keys() - {'index'})}")
    for name, column in columns.items() if before else ():
        earlier = before[0][name]
        if column.ndim != earlier.ndim or (column.dtype.kind in TEXT) != (earlier.dtype.kind in TEXT):
            raise ValueError(f"in the first batch {name} was {shapes(earlier)}")


def in_order(shares: list[Columns], size: float) -> Columns:
    """Return the columns of all processes, by the index of each sample, which comes first.

    Args:
        shares: of each process; the samples of a stream, which have no indices, were dealt out in turn.
        size: of the set; a process may have a sample for the others' sake (engine/loading/processes.py).
    """
    for rank, share in enumerate(shares):
        if "index" not in share:
            share["index"] = np.arange(len(next(iter(share.values())))) * len(shares) + rank
    columns = {name: joined([share[name] for share in shares]) for name in shares[0]}
    index, order = np.unique(columns.pop("index"), return_index=True)
    order, index = order[index < size], index[index < size]
    return {"index": index} | {name: column[order] for name, column in columns.items()}


def write_set(columns: Columns, file: Path) -> None:
    """Write one set to <file>.csv or <file>.npz."""
    table: Columns = {}
    for name, column in columns.items():
        if column.size == len(column):
            table[name] = column.reshape(-1)
        elif name == "score" and column.ndim == 2 and columns.get("prediction", column).size == len(column):
            table |= {f"score_{number}": scores for number, scores in enumerate(column.T)}
        else:
            arrays: dict[str, Any] = columns
            np.savez_compressed(f"{file}.npz", **arrays)
            return
    with Path(f"{file}.csv").open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*map(texts, table.values()), strict=True))


def texts(column: Array) -> list[Any]:
    """Return numbers with as many digits as tell them apart; True and False as 1 and 0."""
    if column.dtype == np.float32:
        return [f"{value:.9g}" for value in column.tolist()]
    if column.dtype.kind == "f":
        return [repr(value).removesuffix(".0") for value in column.tolist()]
    return (column.astype(int) if column.dtype.kind == "b" else column).tolist()


def joined(parts: Sequence[Array]) -> Array:
    """Return arrays (N, ...) in one, the smaller ones filled up with NaN, as where sentences have several lengths."""
    sizes = [max(sizes) for sizes in zip(*(part.shape[1:] for part in parts), strict=True)]
    if all(list(part.shape[1:]) == sizes for part in parts):
        return np.concatenate(parts)
    text = parts[0].dtype.kind in TEXT
    dtype = np.result_type(*parts) if text else np.result_type(parts[0], np.float32)
    whole = np.full((sum(map(len, parts)), *sizes), "" if text else np.nan, dtype)
    start = 0
    for part in parts:
        whole[(slice(start, start + len(part)), *map(slice, part.shape[1:]))] = part
        start += len(part)
    return whole

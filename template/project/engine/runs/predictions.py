"""The files of --stage predict: one per set, with the index of each sample and what predict_step returned.

- prediction: the class, the label (0 or 1) or the number that the net predicts
- score: the net's output for each class (logits), or the probability that a label is 1
- target: as the dataset gives it

Your own predict_step returns one value per sample of the batch, written as `prediction`: a tensor, or a list
of numbers, strings, tensors or dicts. A dict or a tuple of these makes several columns. None writes nothing.
"""

import csv
import zipfile
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
from ..learning.losses import stand_in
from ..learning.targets import LOGITS, task
from ..loading.batches import first, is_list_of_samples, is_per_sample, shapes
from ..loading.processes import gathered

Array = np.ndarray[Any, Any]
Columns = dict[str, Array]  # name -> (N, ...), a row for each sample

SMALL = (torch.bfloat16, torch.float16)  # numpy does not have the first
TEXT = "US"  # numpy's kinds of text
WRITABLE = f"biufc{TEXT}"  # kinds of arrays that files can hold
VALUES = "a tensor ({n}, ...), a list of {n} strings or dicts, or a dict of these"


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
            columns = columns_of(prediction, stand_in(str(pl_module.hparams["loss"])))
            check_rows(columns, indices, self.batches)
        except (TypeError, ValueError, RuntimeError) as error:
            name = set_name(loader, dataloader_idx)
            message = f"predict_step returned {shapes(prediction)} for {name}: {one_line(error)}"
            values = VALUES.format(n=len(indices) if indices else "N")
            kind = RunError if batch_idx or dataloader_idx else OptionError
            raise kind(message, f"return one value for each sample: {values}") from error
        self.batches.append(columns | ({"index": np.array(indices)} if indices else {}))

    def on_predict_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.write(trainer)

    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        if self.batches and trainer.world_size == 1:  # several processes would wait for one another
            self.write(trainer, "-unfinished")

    def write(self, trainer: pl.Trainer, ending: str = "") -> None:
        """Write the current set, from all processes."""
        loader, batches, self.batches = loader_of(trainer, self.set_index), self.batches, []
        shares = gathered({name: joined([batch[name] for batch in batches]) for name in (batches or [{}])[0]})
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
    if not (isinstance(returned, dict) and "output" in returned):
        return nested_columns(returned, "prediction")
    whole = returned["output"]
    if isinstance(whole, dict):  # without the loss of the batch
        whole = {name: part for name, part in whole.items() if is_per_sample(part)} or whole
    output = first(whole)
    decided = decision(output, loss) if isinstance(output, Tensor) else {"prediction": whole}
    others = {name: value for name, value in returned.items() if name != "output"}
    if "target" in others:
        target = others["target"]
        others["target"] = list(target) if is_list_of_samples(target) else first(target)
    return nested_columns(others | decided, "")


def decision(output: Tensor, loss: str) -> dict[str, Tensor]:
    """Return the prediction of a net's output, which depends on the loss."""
    output = output.float() if output.dtype in SMALL else output
    if task(loss) == "classes" and output.ndim > 1:
        return {"prediction": output.argmax(1), "score": output}
    if task(loss) == "labels":
        score = output.sigmoid() if loss in LOGITS else output
        return {"prediction": score > 0.5, "score": score}
    return {"prediction": output}


def nested_columns(value: Any, name: str) -> Columns:
    """Return the columns of nested dicts, tuples and lists that hold a value per sample."""
    if isinstance(value, dict):
        prefix = "" if name in ("", "prediction") else f"{name}."
        parts = [nested_columns(part, f"{prefix}{key}") for key, part in value.items() if part is not None]
        return {key: column for part in parts for key, column in part.items()}
    if isinstance(value, tuple) and not all(isinstance(part, (str, int, float)) for part in value):
        return nested_columns({f"{name}_{number}": part for number, part in enumerate(value)}, "")
    if isinstance(value, list) and value and all(isinstance(sample, dict) for sample in value):
        if any(sample.keys() != value[0].keys() for sample in value):
            raise ValueError("the dicts of a list hold different keys")
        return nested_columns({key: [sample[key] for sample in value] for key in value[0]}, name)
    if isinstance(value, (list, tuple)):
        return {name: joined([array_of(sample)[np.newaxis] for sample in value])}
    return {name: array_of(value)}


def array_of(value: Any) -> Array:
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        value = (value.float() if value.dtype in SMALL else value).numpy()
    array = np.asarray(value)
    if array.dtype.kind not in WRITABLE:
        raise TypeError(f"{type(value).__name__} cannot be written")
    return array


def check_rows(columns: Columns, indices: Sequence[int] | None, before: list[Columns]) -> None:
    """Raise ValueError unless each sample has one row, with the columns of the first batch."""
    if indices and len(indices) == 1:  # a single sample, squeezed
        columns |= {name: column[np.newaxis] for name, column in columns.items() if not column.ndim}
    rows = {name: len(column) if column.ndim else "no" for name, column in columns.items()}
    wanted = len(indices) if indices else next(iter(rows.values()), 0)
    for name, count in rows.items():
        if count != wanted or count == "no":
            raise ValueError(f"{name} has {count} rows for {wanted} samples")
    if "index" in columns:
        raise ValueError("the name index is taken by the column of the samples' indices")
    first_batch = {name: column for name, column in [*before, columns][0].items() if name != "index"}
    if forms(columns) != forms(first_batch):
        raise ValueError(f"the first batch had {shapes(first_batch)}")


def forms(columns: Columns) -> dict[str, tuple[int, bool]]:
    """Return the number of dimensions of each column, and whether it holds text."""
    return {name: (column.ndim, column.dtype.kind in TEXT) for name, column in columns.items()}


def merge_processes(shares: list[Columns]) -> Columns:
    """Return the columns of all processes in the order of the samples' indices, which come first.

    An IterableDataset, which one process reads, has no indices.
    """
    columns = {name: joined([share[name] for share in shares]) for name in shares[0]}
    rows = columns.pop("index") if "index" in columns else np.arange(len(next(iter(columns.values()))))
    index, order = np.unique(rows, return_index=True)  # processes may have repeated samples
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
            # savez_compressed takes the columns as keyword arguments: none could be called `file`.
            with zipfile.ZipFile(f"{file}.npz", "w", zipfile.ZIP_DEFLATED) as archive:
                for key, array in columns.items():
                    with archive.open(f"{key}.npy", "w", force_zip64=True) as opened:
                        np.lib.format.write_array(opened, array, allow_pickle=False)
            return
    with Path(f"{file}.csv").open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*map(cells, table.values()), strict=True))


def cells(column: Array) -> list[Any]:
    """Return numbers with all digits that matter; True and False as 1 and 0."""
    if column.dtype == np.float32:
        return [f"{value:.9g}" for value in column.tolist()]
    if column.dtype.kind == "f":
        return [repr(value).removesuffix(".0") for value in column.tolist()]
    return (column.astype(int) if column.dtype.kind == "b" else column).tolist()


def joined(parts: Sequence[Array]) -> Array:
    """Return one array of several (N, ...); smaller samples, such as short sentences, are padded with NaN."""
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

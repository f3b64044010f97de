"""What `--stage predict` writes: a file a set, with each sample's index, target, prediction and scores."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Trainer
from pytorch_lightning.utilities import rank_zero_only

from ..learning.batches import first
from ..learning.losses import LOGITS, task
from ..loading.processes import gathered, size_of

DIGITS = {"f": "%.9g"}  # as many as tell two numbers of 32 bits apart
SMALL = (torch.bfloat16, torch.float16)  # numpy does not know the first
Array = np.ndarray[Any, Any]


def save_predictions(trainer: Trainer, batches: Sequence[Any] | None, names: list[str], folder: Path) -> None:
    """Write predictions/<set>.csv for a class or a number a sample, predictions/<set>.npz for anything else.

    Args:
        batches: what MInterface.predict_step returned for each batch, in a list a set; for one set that list alone.
    """
    written, loss = folder / "predictions", str(trainer.lightning_module.hparams["loss"])
    sets = [batches or []] if len(names) == 1 else batches or []
    for name, loader, found in zip(names, trainer.predict_dataloaders or [], sets, strict=True):
        kinds = [kind for kind in ("output", "target") if found and found[0][kind] is not None]
        of_all = gathered({kind: joined([array_of(batch[kind]) for batch in found]) for kind in kinds})
        if of_all is not None:  # in the first process
            save_set(in_order(of_all, size_of(loader.dataset)), loss, written / name)
    rank_zero_only(print)(f"Predictions in {written}")


def in_order(of_all: list[dict[str, Array]], size: float) -> dict[str, Array]:
    """The index of each sample and all else of it, from the shares of all processes (engine/loading/processes.py)."""
    index = [np.arange(len(share["output"])) * len(of_all) + rank for rank, share in enumerate(of_all)]
    columns = {"index": joined(index)} | {kind: joined([share[kind] for share in of_all]) for kind in of_all[0]}
    order = columns["index"].argsort()
    order = order[columns["index"][order] < size]  # without the samples that a process has for the others' sake
    return {kind: column[order] for kind, column in columns.items()}


def save_set(columns: dict[str, Array], loss: str, file: Path) -> None:
    """Write one set's indices (N,), outputs (N, ...) and, if there are any, targets (N, ...)."""
    file.parent.mkdir(exist_ok=True)
    output = columns.pop("output")
    one_target = "target" not in columns or columns["target"].size == len(output)
    if output.ndim == 2 and task(loss) == "classes" and one_target:
        columns["prediction"] = output.argmax(1)
        columns |= {f"score_{number}": scores for number, scores in enumerate(output.T)}
    elif output.size == len(output) and one_target:
        columns["prediction"] = output
        if task(loss) == "labels":
            columns["score"] = 1 / (1 + np.exp(-output)) if loss in LOGITS else output  # of a 1
            columns["prediction"] = columns["score"] > 0.5
    else:
        arrays: dict[str, Any] = columns | {"prediction": output}
        np.savez_compressed(f"{file}.npz", **arrays)
        return
    table: Any = np.rec.fromarrays([column.reshape(-1) for column in columns.values()])
    formats = [DIGITS.get(column.dtype.kind, "%d") for column in columns.values()]
    np.savetxt(f"{file}.csv", table, fmt=formats, delimiter=",", header=",".join(columns), comments="")


def array_of(value: Any) -> Array:
    tensor = first(value).cpu()
    return (tensor.float() if tensor.dtype in SMALL else tensor).numpy()


def joined(parts: Sequence[Array]) -> Array:
    """Arrays (N, ...) in one, the smaller ones filled up by nan, as where sentences have several lengths."""
    sizes = [max(sizes) for sizes in zip(*(part.shape[1:] for part in parts), strict=True)]
    if all(list(part.shape[1:]) == sizes for part in parts):
        return np.concatenate(parts)
    dtype = np.result_type(parts[0], np.float32)
    whole = np.full((sum(map(len, parts)), *sizes), np.nan, dtype)
    start = 0
    for part in parts:
        whole[(slice(start, start + len(part)), *map(slice, part.shape[1:]))] = part
        start += len(part)
    return whole

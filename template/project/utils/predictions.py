"""What `--stage predict` writes: a file a set, with each sample's index, target, prediction and scores."""

import math
from collections.abc import Sequence, Sized
from pathlib import Path
from typing import Any

import numpy as np
from pytorch_lightning import Trainer
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor, cat

from utils.processes import gathered

Array = np.ndarray[Any, Any]


def save_predictions(trainer: Trainer, batches: Sequence[Any] | None, names: list[str], folder: Path) -> None:
    """Write predictions/<set>.csv when the net gives one row of scores a sample, predictions/<set>.npz otherwise.

    Args:
        batches: what MInterface.predict_step returned for each batch, in a list a set; for one set that list alone.
    """
    place = folder / "predictions"
    sets = [batches or []] if len(names) == 1 else batches or []
    for name, loader, found in zip(names, trainer.predict_dataloaders or [], sets, strict=True):
        of_all = gathered([joined([batch[key] for batch in found]) for key in ("output", "target")])
        if of_all is not None:  # in the first process
            size = len(loader.dataset) if isinstance(loader.dataset, Sized) else math.inf
            save_set(in_order(of_all, size), place / name)
    rank_zero_only(print)(f"Predictions in {place}")


def in_order(of_all: list[list[Array]], size: float) -> list[Array]:
    """The index of each sample, its output and its target, from the shares of all processes (utils/processes.py)."""
    shares = [[np.arange(len(share[0])) * len(of_all) + rank, *share] for rank, share in enumerate(of_all)]
    columns = [np.concatenate(parts) for parts in zip(*shares, strict=True)]
    order = columns[0].argsort()
    order = order[columns[0][order] < size]  # without the samples that a process has for the others' sake
    return [column[order] for column in columns]


def save_set(columns: list[Array], place: Path) -> None:
    """Write one set's indices (N,), outputs (N, ...) and targets (N, ...)."""
    place.parent.mkdir(exist_ok=True)
    index, output, target = columns
    if output.ndim == 2 and target.ndim == 1 and output.shape[1] > 1:
        scores = [f"score_{number}" for number in range(output.shape[1])]
        np.savetxt(
            f"{place}.csv",
            np.column_stack([index, target, output.argmax(1), output]),
            fmt=["%d", "%.6g", "%d", *["%.6g"] * len(scores)],
            delimiter=",",
            header=",".join(["index", "target", "prediction", *scores]),
            comments="",
        )
    else:
        np.savez_compressed(f"{place}.npz", index=index, target=target, prediction=output)


def joined(parts: list[Any]) -> Array:
    """The batches of one tensor in one array; of several outputs, the first."""
    first = [part if isinstance(part, Tensor) else part[0] for part in parts]
    return cat(first).float().cpu().numpy()

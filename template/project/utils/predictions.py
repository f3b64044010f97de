"""What `--stage predict` writes: a file a set, with each sample's index, target, prediction and scores."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor, cat


@rank_zero_only
def save_predictions(batches: Sequence[Any] | None, names: list[str], folder: Path) -> None:
    """Write predictions/<set>.csv when the net gives one row of scores a sample, predictions/<set>.npz otherwise.

    Args:
        batches: what MInterface.predict_step returned for each batch, in a list a set; for one set that list alone.
    """
    (folder / "predictions").mkdir(exist_ok=True)
    sets = [batches or []] if len(names) == 1 else batches or []
    for name, found in zip(names, sets, strict=True):
        save_set(found, folder / "predictions" / name)
    print(f"Predictions in {folder / 'predictions'}")


def save_set(batches: Sequence[dict[str, Any]], place: Path) -> None:
    """Write one set's outputs (N, ...) and targets (N, ...)."""
    output, target = (joined([batch[key] for batch in batches]) for key in ("output", "target"))
    index = np.arange(len(output))
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


def joined(parts: list[Any]) -> np.ndarray[Any, Any]:
    """The batches of one tensor in one array; of several outputs, the first."""
    first = [part if isinstance(part, Tensor) else part[0] for part in parts]
    return cat(first).float().cpu().numpy()

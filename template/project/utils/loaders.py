"""Loaders of sets: which batches they give when, and which set it was when they cannot."""

from collections.abc import Callable, Iterator
from typing import Any

from pytorch_lightning import Trainer
from torch.utils.data import DataLoader, Dataset, IterableDataset, default_collate

from utils.batches import shapes
from utils.errors import RunError

ONE_SIZE = "let items hold tensors of one size, as by a transform, or give the dataset a collate_fn"


class UnequalItems(Exception):
    """Items that make no batch together; one line, as workers hand on nothing but the text of an error."""


def is_due(trainer: Trainer, epochs: int) -> bool:
    """Whether a set is evaluated after the epoch that runs; always when a checkpoint is validated."""
    return trainer.state.fn != "fit" or trainer.current_epoch % epochs == 0


def spread(dataset: Dataset[Any], count: int) -> list[int] | None:
    """Up to `count` indices from the first to the last of a set; None for an IterableDataset, which has no indices."""
    if isinstance(dataset, IterableDataset):
        return None
    size = len(dataset)  # pyright: ignore[reportArgumentType] (torch asks it of datasets, and declares it nowhere)
    count = min(count, size)
    return [i * (size - 1) // max(count - 1, 1) for i in range(count)]


def collate(items: list[Any]) -> Any:
    """torch's own way to make a batch of items. Raises UnequalItems with the shapes of two that do not go together."""
    try:
        return default_collate(items)
    except Exception as error:  # torch raises several kinds
        found = list(dict.fromkeys(shapes(item) for item in items))
        reason = " and ".join(found[:2]) if found[1:] else " ".join(f"{found[0]}: {error}".split())
        raise UnequalItems(f"items {reason}") from error


class SetLoader(DataLoader[Any]):
    """A DataLoader that names its set when it cannot give a batch, and has no batches when it is not due.

    Args:
        name: of the set.
        split: "train", "eval" or "test".
        due: asked as each epoch's evaluation starts.

    Raises RunError for items that make no batch; an error in the dataset's own code gets a note.
    """

    def __init__(self, *args: Any, name: str, split: str, due: Callable[[], bool] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.split, self.due = name, split, due

    def __iter__(self) -> Iterator[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (torch names a private class)
        if self.due and not self.due():
            return
        number = 0
        try:
            for batch in super().__iter__():
                yield batch
                number += 1
        except UnequalItems as error:
            said = str(error).rpartition("UnequalItems: ")[2].strip()  # a worker puts its traceback before it
            raise RunError(f"{self.name} ({self.split}), batch {number}: no batch of {said}", ONE_SIZE) from error
        except Exception as error:
            place = f"{self.name} ({self.split}) gives no batch {number}"
            error.add_note(f"error: {place}\nhelp: look at data/{self.name}.py")
            raise

"""Every registered dataset yields items that collate; new datasets are tested without an edit."""

import pytest
import torch
from conftest import load_batch

from data import DATASETS
from engine.loading.batches import samples_in, tensors


@pytest.mark.parametrize("split", ["train", "eval", "test"])
@pytest.mark.parametrize("name", DATASETS)
def test_items_collate(name: str, split: str) -> None:
    """The first two items make a batch."""
    assert samples_in(load_batch(name, split)) == 2


@pytest.mark.parametrize("name", DATASETS)
def test_sets_do_not_depend_on_others(name: str) -> None:
    """A set has the same items alone and after others, even if its constructor draws random numbers."""
    found: list[list[torch.Tensor]] = []
    for splits in (["test"], ["train", "eval", "test"]):
        *_, batch = [load_batch(name, split) for split in splits]
        found.append(tensors(batch))
    torch.testing.assert_close(*found, rtol=0, atol=0, equal_nan=True)

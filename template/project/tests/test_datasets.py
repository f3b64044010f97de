"""Every registered dataset yields items that collate; datasets added later are covered by themselves."""

import pytest
import torch

from data import DATASETS, DInterface
from engine import OptionError, drawing, samples_in
from engine.learning.batches import tensors


@pytest.mark.parametrize("split", ["train", "eval", "test"])
@pytest.mark.parametrize("name", DATASETS)
def test_items_collate(name: str, split: str) -> None:
    """A loader makes a batch of the first two items."""
    data = DInterface(name, batch_size=2)
    try:
        dataset = data.instancialize(name, split)
    except OptionError as error:
        pytest.skip(str(error))
    assert samples_in(next(iter(data.loader(dataset)))) == 2


@pytest.mark.parametrize("name", DATASETS)
def test_sets_do_not_depend_on_others(name: str) -> None:
    """A set is the same alone and after others, also if its constructor draws random numbers."""
    found: list[list[torch.Tensor]] = []
    for splits in (["test"], ["train", "eval", "test"]):
        data = DInterface(name, batch_size=2)
        try:
            *_, dataset = [data.instancialize(name, split) for split in splits]
        except OptionError as error:
            pytest.skip(str(error))
        with drawing(0):
            found.append(tensors(next(iter(data.loader(dataset)))))
    assert all(torch.equal(alone, after) for alone, after in zip(*found, strict=True))

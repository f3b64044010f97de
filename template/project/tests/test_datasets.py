"""Every registered dataset yields items that collate; datasets added later are covered by themselves."""

import pytest

from data import DATASETS, DInterface
from utils import OptionError, samples_in


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

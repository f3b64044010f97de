"""What several tests need: a batch of each dataset whose data is on this disk."""

from typing import Any

import pytest

from data import DATASETS, DInterface
from engine import OptionError


@pytest.fixture(scope="session")
def batches() -> dict[str, Any]:
    """Four items of each registered dataset, as its loader gives them."""
    found: dict[str, Any] = {}
    for name in DATASETS:
        data = DInterface(name, batch_size=4)
        try:
            found[name] = next(iter(data.loader(data.instancialize(name, "train"))))
        except OptionError:
            continue  # no data here: test_datasets.py says so
    return found

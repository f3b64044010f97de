"""Datasets that are several sets at once."""

from inspect import signature
from typing import Any

from pytorch_lightning.utilities import rank_zero_only

say = rank_zero_only(print)


def say_same(data: Any) -> None:
    """Say which dataset is several sets at once, where nothing of it tells them apart."""
    for name in dict.fromkeys(name for names in (data.names.values() if data else ()) for name in names):
        roles = [split for split, names in data.names.items() if name in names]
        if len(roles) > 1 and "split" not in signature(data.load_data_module(name)).parameters:
            same = "its numbers are of what was trained on" if "train" in roles else "the items are the same"
            say(f"{name} is {' and '.join(roles)} set, and its constructor takes no split: {same}")

"""Loss and metrics of a set do not depend on its batches, nor on the other sets."""

from collections.abc import Sized
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from conftest import DOES_NOT_FIT, build_dataset, build_net
from torch.nn.functional import cross_entropy

from data import DInterface
from engine import build_loader, split_batch
from model import NETS, MInterface

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning recommends workers; standard_data warns
BATCH = 31  # most sets have a smaller last batch
LARGEST = 20_000  # each set is read several times


@pytest.fixture(scope="module")
def chosen(batches: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the first net that can classify a dataset, and up to three such datasets."""
    for net in NETS:
        found = [name for name, batch in batches.items() if is_classified(net, name, batch)]
        if found:
            return net, found[:3]
    pytest.skip("no net that can be built here classifies a dataset")


def is_classified(net: str, name: str, batch: Any) -> bool:
    """Return whether a net gives logits for a dataset of known, moderate size with one class per item."""
    try:
        model, dataset = build_net(net), build_dataset(name, "eval")
        inputs, named, target = split_batch(batch, model.net)
        output = model(*inputs, **named)
        cross_entropy(output, target)
    except (pytest.skip.Exception, *DOES_NOT_FIT):
        return False
    return target.ndim == 1 < output.ndim and isinstance(dataset, Sized) and len(dataset) <= LARGEST


def evaluate(net: str, names: list[str]) -> tuple[MInterface, DInterface, dict[str, float]]:
    """Return the untrained net, the sets, and their logged values."""
    pl.seed_everything(0, verbose=False)
    model = MInterface(net, metrics=["Accuracy"], eval_datasets=names)
    data = DInterface(names[0], eval_datasets=names, batch_size=BATCH)
    trainer = pl.Trainer(
        accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False
    )
    trainer.validate(model, data, verbose=False)
    return model, data, {key: value.item() for key, value in trainer.callback_metrics.items()}


def test_numbers_are_those_of_the_whole_set(chosen: tuple[str, list[str]]) -> None:
    """Loss and accuracy equal a computation over all samples at once; val_* is the mean over the sets."""
    _, sets = chosen
    model, data, logged = evaluate(*chosen)
    for name, dataset in zip(sets, data.sets["eval"], strict=True):
        with torch.no_grad():  # in the same batches, as random items depend on them
            loader = build_loader(dataset, name, "eval", 42, None, BATCH)
            parts = [split_batch(batch, model.net) for batch in loader]
            logits = torch.cat([model.eval()(*inputs, **named) for inputs, named, _ in parts])
            target = torch.cat([each for *_, each in parts])
            loss = model.loss(logits, target)
        value = loss[0] if isinstance(loss, tuple) else loss  # your own may return its terms, too
        assert logged[f"val_loss/{name}"] == pytest.approx(value.item(), rel=1e-4)
        assert logged[f"val_Accuracy/{name}"] == pytest.approx(
            (logits.argmax(1) == target).float().mean().item()
        )
    for metric in ("loss", "Accuracy"):
        each = [logged[f"val_{metric}/{name}"] for name in sets]
        assert logged[f"val_{metric}"] == pytest.approx(sum(each) / len(each))


def test_order_and_number_of_sets_change_nothing(chosen: tuple[str, list[str]]) -> None:
    """A set has the same values alone, first and last."""
    net, sets = chosen
    together, reverse = evaluate(net, sets)[2], evaluate(net, sets[::-1])[2]
    for name in sets:
        alone = evaluate(net, [name])[2]
        for key in (f"val_loss/{name}", f"val_Accuracy/{name}"):
            assert together[key] == reverse[key] == alone[key]

"""The numbers of an evaluation are those of the whole set, whatever its batches and the other sets are."""

from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch.nn.functional import cross_entropy

from data import DInterface
from engine import split_batch
from model import NETS, MInterface

pytestmark = pytest.mark.filterwarnings("ignore")  # of Lightning, to use workers; of standard data, that it is made up
BATCH = 31  # leaves an uneven rest of most sets


@pytest.fixture(scope="module")
def sets(batches: dict[str, Any]) -> list[str]:
    """Up to three datasets of classes that the first net takes."""
    model, found = MInterface(NETS[0]), []
    for name, batch in batches.items():
        inputs, named, target = split_batch(batch, model.net)
        try:
            cross_entropy(model(*inputs, **named), target)
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError):
            continue
        found.append(name)
    return found[:3] or pytest.skip("no dataset of classes suits the first net")


def evaluate(names: list[str]) -> tuple[MInterface, DInterface, dict[str, float]]:
    """The untrained net, the sets, and what is logged of them."""
    pl.seed_everything(0, verbose=False)
    model = MInterface(NETS[0], metrics=["Accuracy"], eval_datasets=names)
    data = DInterface(names[0], eval_datasets=names, batch_size=BATCH)
    trainer = pl.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False)
    trainer.validate(model, data, verbose=False)
    return model, data, {key: value.item() for key, value in trainer.callback_metrics.items()}


def test_numbers_are_those_of_the_whole_set(sets: list[str]) -> None:
    """Loss and accuracy equal a plain computation over all samples; val_* is the mean over the sets."""
    model, data, logged = evaluate(sets)
    for name, dataset in zip(sets, data.sets["eval"], strict=True):
        with torch.no_grad():
            inputs, named, target = split_batch(next(iter(data.loader(dataset, batch_size=10**9))), model.net)
            logits = model.eval()(*inputs, **named)
        assert logged[f"val_loss/{name}"] == pytest.approx(cross_entropy(logits, target).item(), rel=1e-4)
        assert logged[f"val_Accuracy/{name}"] == pytest.approx((logits.argmax(1) == target).float().mean().item())
    for metric in ("loss", "Accuracy"):
        each = [logged[f"val_{metric}/{name}"] for name in sets]
        assert logged[f"val_{metric}"] == pytest.approx(sum(each) / len(each))


def test_order_and_number_of_sets_change_nothing(sets: list[str]) -> None:
    """A set has the same numbers alone, first and last."""
    together, reverse = evaluate(sets)[2], evaluate(sets[::-1])[2]
    for name in sets:
        alone = evaluate([name])[2]
        for key in (f"val_loss/{name}", f"val_Accuracy/{name}"):
            assert together[key] == reverse[key] == alone[key]

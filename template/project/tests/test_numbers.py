"""The numbers of an evaluation are those of the whole set, whatever its batches and the other sets are."""

import pytest
import pytorch_lightning as pl
import torch
from torch.nn.functional import cross_entropy

from data import DATASETS, DInterface
from model import NETS, MInterface

SIZES = {"first": 23, "second": 10, "third": 1}  # none is made of whole batches of 7

pytestmark = [
    pytest.mark.skipif("standard_net" not in NETS or "standard_data" not in DATASETS, reason="both are used here"),
    pytest.mark.filterwarnings("ignore"),  # of the standard data, that it is made up; of Lightning, to use workers
]


def evaluate(names: list[str]) -> tuple[MInterface, DInterface, dict[str, float]]:
    """An untrained net, some sets, and what is logged of them."""
    pl.seed_everything(0, verbose=False)
    model = MInterface("standard_net", metrics=["acc"], eval_datasets=names)
    data = DInterface("standard_data", eval_datasets=names, batch_size=7)
    dataset_class = data.load_data_module("standard_data")
    data.sets["eval"] = [dataset_class(**{"split": "eval", "size": SIZES[name]}) for name in names]
    trainer = pl.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False)
    trainer.validate(model, data, verbose=False)
    return model, data, {key: value.item() for key, value in trainer.callback_metrics.items()}


def test_numbers_are_those_of_the_whole_set() -> None:
    """Loss and accuracy equal a plain computation over all samples at once; val_* is the mean over the sets."""
    model, data, logged = evaluate(list(SIZES))
    for name, dataset in zip(SIZES, data.sets["eval"], strict=True):
        images, labels = next(iter(data.loader(dataset, batch_size=SIZES[name])))
        logits = model.eval()(images)
        assert logged[f"val_loss/{name}"] == pytest.approx(cross_entropy(logits, labels).item(), rel=1e-5)
        assert logged[f"val_acc/{name}"] == pytest.approx((logits.argmax(1) == labels).float().mean().item())
    for metric in ("loss", "acc"):
        each = torch.tensor([logged[f"val_{metric}/{name}"] for name in SIZES])
        assert logged[f"val_{metric}"] == pytest.approx(each.mean().item())


def test_order_and_number_of_sets_change_nothing() -> None:
    """A set has the same numbers alone, first and last."""
    together, reverse = evaluate(list(SIZES))[2], evaluate(list(reversed(SIZES)))[2]
    for name in SIZES:
        alone = evaluate([name])[2]
        for key in (f"val_loss/{name}", f"val_acc/{name}"):
            assert together[key] == reverse[key] == alone[key]

"""Every registered net builds, learns and is saved and loaded; nets added later are covered by themselves."""

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from conftest import build_net, skipping
from torch import Tensor

from engine import split_batch
from engine.learning.batches import tensors
from model import NETS, MInterface

UNFIT = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError)


def build_with_inputs(name: str, batches: dict[str, Any]) -> tuple[MInterface, tuple[Any, ...], dict[str, Any]]:
    """A net and its inputs, in their order and by their names, from the first dataset that suits it."""
    errors: list[str] = []
    for dataset, batch in batches.items():
        model = build_net(name)  # a new one, as lazy modules keep the shape that they see first
        inputs, named, _ = split_batch(batch, model.net)
        try:
            with skipping(name):
                model(*inputs, **named)
        except UNFIT as error:
            errors.append(f"{dataset}: {type(error).__name__}: {error}")
        else:
            return model, inputs, named
    build_net(name)
    pytest.skip(f"no dataset that is here suits {name}: " + "; ".join(errors))


def seeded_outputs(model: MInterface, inputs: tuple[Any, ...], named: dict[str, Any]) -> list[Tensor]:
    """The tensors that a net returns, with the same random numbers each time."""
    torch.manual_seed(0)
    return tensors(model(*inputs, **named))


@pytest.mark.parametrize("name", NETS)
def test_output_depends_on_every_parameter(name: str, batches: dict[str, Any]) -> None:
    """Each parameter that is trained gets a gradient, or, under torch.no_grad, changes the output."""
    model, inputs, named = build_with_inputs(name, batches)
    trained = {key: each for key, each in model.net.named_parameters() if each.requires_grad}
    if not trained:
        pytest.skip(f"{name} has no parameters that are trained")
    outputs = [output for output in seeded_outputs(model, inputs, named) if output.requires_grad]
    assert outputs, "no parameter gets a gradient"
    torch.stack([output.sum() for output in outputs]).sum().backward()
    for key, parameter in trained.items():
        if parameter.grad is None:
            kept = parameter.data.clone()
            parameter.data.fill_(float("nan"))
            assert any(output.isnan().any() for output in seeded_outputs(model, inputs, named)), f"{key} is not used"
            parameter.data.copy_(kept)


@pytest.mark.parametrize("name", NETS)
def test_checkpoint_round_trip(name: str, batches: dict[str, Any], tmp_path: Path) -> None:
    """A net that is saved and loaded again gives the same output."""
    model, inputs, named = build_with_inputs(name, batches)
    trainer = pl.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(tmp_path / "net.ckpt")
    loaded = MInterface.load_from_checkpoint(tmp_path / "net.ckpt", weights_only=True)
    before, after = (seeded_outputs(each.eval(), inputs, named) for each in (model, loaded))
    torch.testing.assert_close(after, before, rtol=0, atol=0, equal_nan=True)

"""Every registered net builds, learns, and can be saved and loaded; new nets are tested without an edit."""

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from conftest import DOES_NOT_FIT, build_net, skip_missing
from torch import Tensor

from engine import split_batch
from engine.loading.batches import tensors
from model import NETS, MInterface


def build_with_inputs(
    name: str, batches: dict[str, Any]
) -> tuple[MInterface, tuple[Any, ...], dict[str, Any]]:
    """Return a net with its positional and named inputs, from the first dataset that fits it."""
    errors: list[str] = []
    for dataset, batch in batches.items():
        model = build_net(name)  # lazy modules keep the shape of their first input
        try:
            with skip_missing(name):
                inputs, named, _ = split_batch(batch, model.net)
                model(*inputs, **named)
        except DOES_NOT_FIT as error:
            errors.append(f"{dataset}: {type(error).__name__}: {error}")
        else:
            return model, inputs, named
    build_net(name)
    pytest.skip(f"no dataset that is here suits {name}: " + "; ".join(errors))


def seeded_outputs(model: MInterface, inputs: tuple[Any, ...], named: dict[str, Any]) -> list[Tensor]:
    """Return the tensors that a net returns, with the same random numbers each time."""
    torch.manual_seed(0)
    return tensors(model(*inputs, **named))


@pytest.mark.parametrize("name", NETS)
def test_output_depends_on_every_parameter(name: str, batches: dict[str, Any]) -> None:
    """Each trained parameter gets a gradient or, under torch.no_grad, changes the output."""
    model, inputs, named = build_with_inputs(name, batches)
    trained = {key: each for key, each in model.net.named_parameters() if each.requires_grad}
    if not trained:
        pytest.skip(f"{name} has no parameters that are trained")
    outputs = [output for output in seeded_outputs(model, inputs, named) if output.requires_grad]
    assert outputs, "no parameter gets a gradient"
    torch.stack([output.sum() for output in outputs]).sum().backward()
    for key, parameter in trained.items():
        if parameter.grad is None:
            original = parameter.data.clone()
            parameter.data.fill_(float("nan"))
            assert any(output.isnan().any() for output in seeded_outputs(model, inputs, named)), (
                f"{key} is not used"
            )
            parameter.data.copy_(original)


@pytest.mark.parametrize("name", NETS)
def test_checkpoint_round_trip(name: str, batches: dict[str, Any], tmp_path: Path) -> None:
    """A net that is saved and loaded gives the same output."""
    model, inputs, named = build_with_inputs(name, batches)
    trainer = pl.Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.strategy.connect(model)
    trainer.save_checkpoint(tmp_path / "net.ckpt")
    loaded = MInterface.load_from_checkpoint(tmp_path / "net.ckpt", weights_only=True)
    before, after = (seeded_outputs(each.eval(), inputs, named) for each in (model, loaded))
    torch.testing.assert_close(after, before, rtol=0, atol=0, equal_nan=True)

"""Every registered net builds, learns and is saved and loaded; nets added later are covered by themselves."""

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

from engine import split_batch
from engine.learning.batches import tensors
from model import NETS, MInterface


def accepted_inputs(model: MInterface, batches: dict[str, Any]) -> Any:
    """The inputs of the first dataset that suits the net, in their order and by their names."""
    errors: list[str] = []
    for name, batch in batches.items():
        inputs, named, _ = split_batch(batch, model.net)
        try:
            model(*inputs, **named)
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError) as error:
            errors.append(f"{name}: {error}")
        else:
            return inputs, named
    pytest.fail("no dataset suits this net:\n" + "\n".join(errors))


@pytest.mark.parametrize("name", NETS)
def test_every_parameter_gets_a_gradient(name: str, batches: dict[str, Any]) -> None:
    """A net built with its defaults takes a batch, and its output depends on each of its parameters."""
    model = MInterface(name)
    inputs, named = accepted_inputs(model, batches)
    output = model(*inputs, **named)
    torch.stack([tensor.sum() for tensor in tensors(output)]).sum().backward()
    assert [key for key, parameter in model.net.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("name", NETS)
def test_checkpoint_round_trip(name: str, batches: dict[str, Any], tmp_path: Path) -> None:
    """A net that is saved and loaded again gives the same output."""
    model = MInterface(name)
    inputs, named = accepted_inputs(model, batches)
    trainer = pl.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(tmp_path / "net.ckpt")
    loaded = MInterface.load_from_checkpoint(tmp_path / "net.ckpt", weights_only=True)
    outputs = [tensors(saved.eval()(*inputs, **named)) for saved in (model, loaded)]
    for before, after in zip(*outputs, strict=True):
        assert torch.equal(before, after)

"""Train one step with every loss of PyTorch, and list what else a project can choose from.

python losses.py CASES RESULTS, in a project's folder. RESULTS becomes a mapping of each loss -> its
value by the project and by itself, and whether each output was trained; and of `known` -> the names
of losses, optimizers and schedulers with the parameters of their constructors.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any


def library(name: str) -> Any:
    """Import what the project's environment has, and that of these tests has not."""
    return importlib.import_module(name)


torch, lightning = library("torch"), library("pytorch_lightning")
nn = torch.nn

# What a net would give, what a dataset would, and the arguments of the loss.
Recipe = tuple[list[Any], list[Any], dict[str, Any]]
FRAMES, BATCH, CLASSES = 10, 6, 5


def recipes() -> dict[str, Recipe]:
    """Return, for each loss, a recipe that suits it."""
    torch.manual_seed(1)
    scores, others, third = (torch.randn(BATCH, CLASSES) for _ in range(3))
    maps = torch.randn(BATCH, CLASSES, 4, 4)
    frames = torch.randn(FRAMES, BATCH, CLASSES)
    shares, classes = torch.rand(BATCH, CLASSES), torch.randint(CLASSES, (BATCH,))
    signs = torch.where(shares > 0.5, 1.0, -1.0)
    several = torch.tensor([[0, 2, -1, -1, -1]] * BATCH)
    words = torch.randint(1, CLASSES, (BATCH, 3))
    lengths = [torch.full((BATCH,), FRAMES), torch.full((BATCH,), 3)]
    same: dict[str, Recipe] = {
        name: ([scores], [shares], {})
        for name in (
            "L1Loss MSELoss SmoothL1Loss HuberLoss PoissonNLLLoss BCEWithLogitsLoss "
            "MultiLabelSoftMarginLoss"
        ).split()
    }
    signed: dict[str, Recipe] = {
        name: ([scores], [signs], {}) for name in ("HingeEmbeddingLoss", "SoftMarginLoss")
    }
    named: dict[str, Recipe] = {
        name: ([scores], [classes], {}) for name in ("CrossEntropyLoss", "MultiMarginLoss")
    }
    triplet: Recipe = ([scores, others, third], [classes], {})
    return {
        **same,
        **signed,
        **named,
        "BCELoss": ([scores.sigmoid()], [shares], {}),
        "NLLLoss": ([scores.log_softmax(1)], [classes], {}),
        "NLLLoss2d": ([maps.log_softmax(1)], [torch.randint(CLASSES, (BATCH, 4, 4))], {}),
        "KLDivLoss": ([scores.log_softmax(1)], [shares.softmax(1)], {"reduction": "batchmean"}),
        "GaussianNLLLoss": ([scores, others.exp()], [shares], {"full": True}),
        "MultiLabelMarginLoss": ([scores], [several], {}),
        "LinearCrossEntropyLoss": (
            [torch.randn(BATCH, 7)],
            [classes],
            {"in_features": 7, "num_classes": CLASSES},
        ),
        "CosineEmbeddingLoss": ([scores, others], [signs[:, 0]], {"margin": 0.1}),
        "MarginRankingLoss": ([scores[:, 0], others[:, 0]], [signs[:, 0]], {"margin": 0.5}),
        "TripletMarginLoss": triplet,
        "TripletMarginWithDistanceLoss": triplet,
        "CTCLoss": ([frames.log_softmax(2)], [words, *lengths], {}),
    }


def direct(name: str, loss: Any, outputs: list[Any], targets: list[Any]) -> float:
    """Return the loss's own value, with its arguments in the order of PyTorch's documentation."""
    if name == "GaussianNLLLoss":
        return loss(outputs[0], targets[0], outputs[1]).item()
    if name.startswith("Triplet"):
        return loss(*outputs).item()
    return loss(*outputs, *targets).item()


def trained(name: str, outputs: list[Any], targets: list[Any], args: dict[str, Any]) -> Any:
    """Let the project train one step on outputs that are themselves the weights."""

    class Echo(nn.Module):
        """Gives its parameters, whatever comes in."""

        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.outputs = nn.ParameterList(output.clone() for output in outputs)

        def forward(self, _inputs: Any) -> Any:
            found = list(self.outputs)
            return found[0] if len(found) == 1 else tuple(found)

    model = library("model").MInterface(
        "standard_net", loss=name, loss_args=args, optimizer="SGD", lr=0.1
    )
    model.net = Echo()
    expected = direct(name, copy.deepcopy(model.loss), outputs, targets)
    batch = (torch.zeros(BATCH, 1), targets[0] if len(targets) == 1 else tuple(targets))
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )

    def always(_items: Any) -> Any:
        """Return the one batch, whatever the items are."""
        return batch

    trainer.fit(model, torch.utils.data.DataLoader([0], collate_fn=always))
    moved = [not torch.equal(a, b) for a, b in zip(model.net.outputs, outputs, strict=True)]
    return {
        "value": trainer.callback_metrics["train_loss"].item(),
        "expected": expected,
        "moved": moved,
    }


def parameters(found: Any) -> list[str]:
    """Return the names that a constructor's parameters have."""
    return [
        name
        for name, parameter in inspect.signature(found).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


def known() -> dict[str, dict[str, list[str]]]:
    """Return what PyTorch has."""
    optim, schedulers = torch.optim, torch.optim.lr_scheduler
    everything: list[Any] = [getattr(optim, name) for name in dir(optim)]
    classes = [each for each in everything if inspect.isclass(each)]
    optimizers = [each for each in classes if issubclass(each, optim.Optimizer)]
    found: dict[str, list[Any]] = {
        "loss": [getattr(nn, name) for name in nn.modules.loss.__all__],
        "optimizer": [each for each in optimizers if each is not optim.Optimizer],
        "lr_scheduler": [
            getattr(schedulers, name) for name in schedulers.__all__ if name != "LRScheduler"
        ],
    }
    return {
        kind: {each.__name__: parameters(each) for each in classes}
        for kind, classes in found.items()
    }


def main() -> None:
    """Try every loss that PyTorch has."""
    sys.path.insert(0, str(Path.cwd()))
    tried: dict[str, Any] = {}
    for name, recipe in recipes().items():
        try:
            tried[name] = trained(name, *recipe)
        except Exception as error:  # noqa: BLE001 - one loss is not to hide the others
            tried[name] = {"error": f"{type(error).__name__}: {error}"}
    Path(sys.argv[2]).write_text(json.dumps({"known": known(), "losses": tried}))


if __name__ == "__main__":
    main()

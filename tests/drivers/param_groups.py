"""Train with parameter groups and frozen parameters, and repeat it as a plain loop of PyTorch.

python param_groups.py CASES RESULTS, in the project of tests/test_param_groups.py. CASES is a list
of [name, [argument, ...]], command lines of main.py. RESULTS becomes a mapping: "lines" -> name ->
how each of them ended; "weights" -> folder of a run -> the weights in its last.ckpt; the rest is
name -> the numbers of the project, and those of the plain loop, or an error.
"""

from __future__ import annotations

import copy
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))


def library(name: str) -> Any:
    """Import what the project's environment has, and that of these tests has not."""
    return importlib.import_module(name)


torch, lightning, engine = library("torch"), library("pytorch_lightning"), library("engine")
parameters = library("engine.learning.parameters")
MInterface = library("model").MInterface
nn, functional = torch.nn, torch.nn.functional

STEPS = 3  # of an epoch
GROUPS = {"blocks.1.*": {"lr": 0.003}, "*.bias": {"weight_decay": 0}, "head.*": {"lr": 0.1}}
FREEZE = ["blocks.0.*"]
COMMON: dict[str, Any] = {
    "model_name": "standard_net",
    "net": {"width": 4},
    "lr": 0.01,
    "optimizer_args": {"weight_decay": 0.5},
    "metrics": [],
}


def batches() -> list[tuple[Any, Any]]:
    """Return the batches of an epoch."""
    own = torch.Generator().manual_seed(5)
    return [
        (torch.randn(8, 1, 28, 28, generator=own), torch.randint(10, (8,), generator=own))
        for _ in range(STEPS)
    ]


class Rates(lightning.Callback):
    """Remembers the learning rates of each step, by group."""

    def __init__(self) -> None:
        self.rates: list[dict[str, float]] = []

    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        """Remember those of the next step."""
        groups = trainer.optimizers[0].param_groups
        self.rates.append({group["name"]: group["lr"] for group in groups})


def fit(model: Any, epochs: int, *callbacks: Any, **options: Any) -> None:
    """Train on the batches."""
    trainer = lightning.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[*callbacks],
        **{"devices": 1, **options},
    )
    trainer.fit(model, torch.utils.data.DataLoader(batches(), batch_size=None))


def numbers(net: Any) -> list[float]:
    """Return some numbers of each tensor of a net."""
    return [float(value) for each in net.state_dict().values() for value in each.flatten()[:5]]


def grouped(net: Any, *others: Any) -> Any:
    """Return the optimizer that GROUPS describe, as somebody writes it by hand."""
    second, head = net.blocks[1], net.head
    return torch.optim.AdamW(
        [
            {"params": [net.blocks[0][0].weight, net.blocks[0][1].weight, *others]},
            {"params": [net.blocks[0][1].bias], "weight_decay": 0},
            {"params": [second[0].weight, second[1].weight], "lr": 0.003},
            {"params": [second[1].bias], "lr": 0.003, "weight_decay": 0},
            {"params": [head.weight], "lr": 0.1},
            {"params": [head.bias], "lr": 0.1, "weight_decay": 0},
        ],
        lr=0.01,
        weight_decay=0.5,
    )


def loop(
    net: Any,
    optimizer: Any,
    epochs: int,
    frozen: tuple[Any, int],
    loss: Any = functional.cross_entropy,
) -> list[float]:
    """Train a net by hand; a part of it, or None, is frozen for so many epochs."""
    part, until = frozen
    for epoch in range(epochs):
        net.train()
        if part is not None:
            part.requires_grad_(epoch >= until)
            part.train(epoch >= until)
        for images, labels in batches():
            optimizer.zero_grad()
            loss(net(images), labels).backward()
            optimizer.step()
    return numbers(net)


class Scaled(nn.Module):
    """A loss with a parameter of its own."""

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.weight = nn.Parameter(torch.tensor(2.0))

    def forward(self, output: Any, target: Any) -> Any:
        """Return the loss of scaled logits."""
        return functional.cross_entropy(output * self.weight, target)


class ScaledInterface(MInterface):
    """Trains its loss too."""

    def configure_loss(self) -> Any:
        """Return a loss with a parameter."""
        return Scaled()


class CompiledInterface(MInterface):
    """Compiles its net."""

    def instancialize(self, net_class: Any, args: Any) -> Any:
        """Return a compiled net."""
        return torch.compile(MInterface.instancialize(self, net_class, args), backend="eager")


class IgnoringInterface(MInterface):
    """Has an optimizer of its own."""

    def configure_optimizers(self) -> Any:
        """Return an optimizer that knows no groups."""
        return torch.optim.SGD(self.parameters(), lr=0.1)


def groups() -> dict[str, Any]:
    """Train with groups and a frozen part, in several interfaces."""
    found: dict[str, Any] = {}
    both = {"param_groups": GROUPS, "freeze": FREEZE}
    for name, kind, options, frozen in (
        ("groups", MInterface, {"param_groups": GROUPS}, 0),
        ("groups and a frozen part", MInterface, both, 2),
        ("a compiled net", CompiledInterface, both, 2),
        ("unfrozen", MInterface, {**both, "unfreeze_at": 1}, 1),
        ("a loss with a parameter", ScaledInterface, both, 2),
    ):
        model = kind(**COMMON, **options)
        net, loss = copy.deepcopy(getattr(model.net, "_orig_mod", model.net)), Scaled()
        scaled = kind is ScaledInterface
        optimizer = grouped(net, *(loss.parameters() if scaled else ()))
        used = loss if scaled else functional.cross_entropy
        plain = loop(net, optimizer, 2, (net.blocks[0] if frozen else None, frozen), used)
        fit(model, 2, parameters.Freezing())
        ours = numbers(model.net)
        if scaled:
            ours, plain = [*ours, float(model.loss.weight)], [*plain, float(loss.weight)]
        found[name] = ours, plain
    return found


def rates() -> dict[str, Any]:
    """Return the learning rates of each group in each step."""
    found: dict[str, Any] = {}
    scheduler = torch.optim.lr_scheduler
    cases: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
        "OneCycleLR": (
            {},
            lambda optimizer: scheduler.OneCycleLR(
                optimizer, [0.01, 0.003, 0.1], total_steps=4 * STEPS, cycle_momentum=False
            ),
        ),
        "CyclicLR": (
            {"base_lr": 0.001, "step_size_up": 4},
            lambda optimizer: scheduler.CyclicLR(
                optimizer,
                [0.001, 0.0003, 0.01],
                [0.01, 0.003, 0.1],
                step_size_up=4,
                cycle_momentum=False,
            ),
        ),
    }
    for name, (args, build) in cases.items():
        groups = {name: given for name, given in GROUPS.items() if name != "*.bias"}
        chosen = {"lr_scheduler": name, "lr_scheduler_args": args, "param_groups": groups}
        recorded = Rates()
        fit(MInterface(**COMMON, **chosen), 4, parameters.Freezing(), recorded)
        parts = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.01, 0.003, 0.1)]
        optimizer = torch.optim.AdamW(parts)
        plain = build(optimizer)
        expected: list[list[float]] = []
        for _ in range(4 * STEPS):
            expected.append([group["lr"] for group in optimizer.param_groups])
            optimizer.step()
            plain.step()
        found[name] = [[*step.values()] for step in recorded.rates], expected
        found[f"{name}: groups"] = [*recorded.rates[0]]
    return found


class Gathered(lightning.Callback):
    """Writes the weights of all processes."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Gather them in the first process."""
        found: list[Any] = [None, None]
        torch.distributed.all_gather_object(found, numbers(pl_module.net))
        if trainer.is_global_zero:
            self.file.write_text(json.dumps(found))


class Half(lightning.Callback):
    """Gives each of two processes its half of a batch."""

    def on_train_batch_start(self, trainer: Any, _: Any, batch: Any, *__: Any) -> None:
        """Keep the half of this process."""
        for number, tensor in enumerate(batch):
            batch[number] = tensor.chunk(2)[trainer.global_rank]


def two_processes(file: Path) -> dict[str, Any]:
    """Unfreeze on two processes: they stay alike, and have the weights of a plain loop."""
    options: dict[str, Any] = {**COMMON, "model_name": "plain_net", "net": {}}
    frozen = {"freeze": ["first.*"], "param_groups": {"last.*": {"lr": 0.1}}}
    found: dict[str, Any] = {}
    for name, epochs in (("still frozen", 1), ("unfrozen", 3)):
        model = MInterface(**options, **frozen, unfreeze_at=1)
        net = copy.deepcopy(model.net)
        parts = [{"params": net.first.parameters()}, {"params": net.last.parameters(), "lr": 0.1}]
        plain = loop(
            net, torch.optim.AdamW(parts, lr=0.01, weight_decay=0.5), epochs, (net.first, 1)
        )
        given = {"devices": 2, "strategy": "ddp_fork", "use_distributed_sampler": False}
        fit(model, epochs, parameters.Freezing(), Half(), Gathered(file), **given)
        found[f"two processes, {name}"] = json.loads(file.read_text()), [plain, plain]
    return found


def statistics() -> dict[str, Any]:
    """Return the running means of a frozen and of a trained block after training."""
    model = MInterface(**COMMON, freeze=FREEZE)
    with torch.no_grad():
        model.net.blocks[0][1].running_mean.fill_(0.25)
    fit(model, 2, parameters.Freezing())
    first, second = (block[1].running_mean.tolist() for block in model.net.blocks)
    return {"frozen statistics": (first, [0.25] * 4), "trained statistics": second}


def refused() -> dict[str, Any]:
    """Return the errors of an interface and a Trainer that would ignore the options."""
    cases = {
        "own optimizer": (IgnoringInterface(**COMMON, param_groups=GROUPS), parameters.Freezing()),
        "no callback": (MInterface(**COMMON, freeze=FREEZE), Rates()),
    }
    found: dict[str, Any] = {}
    for name, (model, callback) in cases.items():
        try:
            fit(model, 1, callback)
        except engine.OptionError as error:
            found[name] = str(error)
    return found


def main() -> None:
    """Try everything."""
    cases, results = (Path(argument) for argument in sys.argv[1:])
    found = groups() | rates() | statistics() | refused()
    found |= two_processes(results.with_name("gathered.json"))
    found["lines"] = library("options").try_all(cases)
    found["weights"] = {
        path.parts[2]: {
            name: tensor.flatten()[:5].tolist()
            for name, tensor in torch.load(path, weights_only=True)["state_dict"].items()
        }
        for path in Path().glob("Logs/*/*/checkpoints/last.ckpt")
    }
    results.write_text(json.dumps(found))


if __name__ == "__main__":
    main()

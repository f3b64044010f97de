"""Train worked examples by main.py, and again by plain loops of PyTorch; print what differs.

python worked.py RESULTS, in the folder of a project that has the modules of tests/test_worked.py.
RESULTS becomes a mapping of example -> the largest differences, and the means that were logged.
"""

# pyright: basic, reportMissingImports=false
# PyTorch and projects are not in the environment that checks these types.
from __future__ import annotations

import copy
import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

import main
import torch
from engine import load_class, load_net
from model import MInterface
from torch import nn
from torch.nn import functional

LR = 0.01
OPTIONS = [
    "--lr_scheduler=null",
    f"--lr={LR}",
    "--batch_size=32",
    "--trainer.max_epochs=1",
    "--trainer.accelerator=cpu",
    "--trainer.enable_progress_bar=false",
    "--trainer.enable_model_summary=false",
]
State = dict[str, torch.Tensor]


class Recorder:
    """Remembers the first weights of a training, and each batch with the random state before it."""

    def __init__(self, interface: type[MInterface]) -> None:
        self.model: Any = None
        self.start: State = {}
        self.steps: list[tuple[Any, torch.Tensor]] = []
        self.restore = interface.training_step
        recorder = self

        def training_step(model: Any, batch: Any, batch_idx: int) -> Any:
            if not batch_idx:  # the last training is that of the run, after the preflight
                recorder.model, recorder.steps = model, []
                recorder.start = copy.deepcopy(model.state_dict())
            recorder.steps.append((copy.deepcopy(batch), torch.get_rng_state()))
            return recorder.restore(model, batch, batch_idx)

        interface.training_step = training_step

    def weights(self, prefix: str) -> State:
        """Return the weights that the training started with."""
        own = {key: value for key, value in self.start.items() if key.startswith(prefix)}
        return {key.removeprefix(prefix): value for key, value in own.items()}


def run(name: str, interface: type[MInterface], *options: str) -> Recorder:
    """Train with main.py."""
    recorder = Recorder(interface)
    try:
        main.one_run(main.options().parse([*OPTIONS, f"--run_name={name}", *options]))
    finally:
        interface.training_step = recorder.restore
    return recorder


def off(module: nn.Module, recorder: Recorder, prefix: str = "net.") -> float:
    """Return the largest difference between the weights of a loop and those of the run."""
    trained = recorder.model.state_dict()
    return max(
        (value - trained[f"{prefix}{key}"]).abs().max().item()
        for key, value in module.state_dict().items()
    )


def loop(recorder: Recorder, net: nn.Module, loss: Callable[[Any], Any]) -> list[Any]:
    """Train a net on the recorded batches; return what the loss gave for each."""
    net.load_state_dict(recorder.weights("net."))
    net.train()
    optimizer, values = torch.optim.AdamW(net.parameters(), lr=LR), []
    for batch, state in recorder.steps:
        torch.set_rng_state(state)
        optimizer.zero_grad()
        value, terms = loss(batch)
        value.backward()
        optimizer.step()
        values.append(
            (len(next(iter(batch.values())) if isinstance(batch, dict) else batch[0]), value, terms)
        )
    return values


def rows(model: str, name: str) -> list[dict[str, str]]:
    """Return the rows of results.csv."""
    with Path(f"Logs/{model}/{name}/results.csv").open() as file:
        return list(csv.DictReader(file))


def gan() -> dict[str, Any]:
    """Compare two optimizers, each stepped once a batch."""
    interface = load_class("interface", "gan_interface")
    recorder = run("gan", interface, "--interface=gan_interface", "--trainer.limit_train_batches=3")
    net, generator = copy.deepcopy(recorder.model.net), copy.deepcopy(recorder.model.generator)
    net.load_state_dict(recorder.weights("net."))
    generator.load_state_dict(recorder.weights("generator."))
    adam = {"lr": LR, "betas": (0.5, 0.999)}
    of_net = torch.optim.Adam(net.parameters(), **adam)
    of_generator = torch.optim.Adam(generator.parameters(), **adam)
    net.train()
    generator.train()
    for (images, _), state in recorder.steps:
        torch.set_rng_state(state)
        made = generator(torch.randn(len(images), recorder.model.noise)).view_as(images)
        real, fake = net(images)[:, 0], net(made.detach())[:, 0]
        loss = functional.softplus(-real).mean() + functional.softplus(fake).mean()
        of_net.zero_grad()
        loss.backward()
        of_net.step()
        deceived = functional.softplus(-net(made)[:, 0]).mean()
        of_generator.zero_grad()
        deceived.backward()
        of_generator.step()
    last = torch.load("Logs/example_net/gan/checkpoints/last.ckpt", weights_only=True)
    usual = ("--interface=gan_interface", "--lr=0.002", "--batch_size=64", "--trainer.max_epochs=2")
    longer = run("longer", interface, *usual).model.eval()
    with torch.no_grad():
        images = longer.generator(torch.randn(64, longer.noise))
    return {
        "spread": images.std(0).mean().item(),
        "off": max(off(net, recorder), off(generator, recorder, "generator.")),
        "steps": [len(recorder.steps), last["global_step"]],
    }


def vae() -> dict[str, Any]:
    """Compare a loss with two terms, on sets that batches do not divide."""
    chosen = [
        "--model_name=vae_net",
        "--loss=vae_loss",
        "--loss_args.beta=0.5",
        "--train_dataset=small_data",
    ]
    chosen += ["--eval_datasets", "small_data", "other_data", "--test_datasets"]
    recorder = run("vae", MInterface, *chosen)
    net = load_class("net", "vae_net")()

    def loss(batch: Any) -> Any:
        x, _ = batch
        made, _, mean, logvar = net(x)
        recon = ((made - x) ** 2).sum(1).mean()
        kl = (-0.5 * (1 + logvar - mean**2 - logvar.exp())).sum(1).mean()
        return recon + 0.5 * kl, {"recon": recon, "kl": kl}

    values = loop(recorder, net, loss)
    total = sum(size for size, _, _ in values)
    expected: dict[str, float] = {
        f"train_{term}": sum(size * terms[term].item() for size, _, terms in values) / total
        for term in ("recon", "kl")
    }
    net.eval()
    per_set = {}
    for name in ("small_data", "other_data"):
        dataset = load_class("dataset", name)("eval")
        with torch.no_grad():
            value, terms = loss((torch.stack([dataset[i][0] for i in range(len(dataset))]), None))
        per_set[name] = {
            "loss": value.item(),
            **{term: each.item() for term, each in terms.items()},
        }
    for term in ("loss", "recon", "kl"):
        expected |= {f"val_{term}/{name}": found[term] for name, found in per_set.items()}
        expected[f"val_{term}"] = sum(found[term] for found in per_set.values()) / 2
    logged: dict[str, float] = {}
    with Path("Logs/vae_net/vae/metrics.csv").open() as file:
        for row in csv.DictReader(file):
            logged |= {key: float(value) for key, value in row.items() if value}
    return {
        "off": off(net, recorder),
        "sizes": [size for size, _, _ in values],
        "expected": expected,
        "logged": {key: logged[key] for key in expected},
        "rows": rows("vae_net", "vae"),
    }


def contrast(output: torch.Tensor) -> torch.Tensor:
    """Return NT-Xent of (B, 2, D), pair by pair."""
    flat = functional.normalize(output, dim=-1).flatten(0, 1)
    total = torch.tensor(0.0)
    for i in range(len(flat)):
        partner, scores = i ^ 1, flat @ flat[i] / 0.5
        others = torch.tensor([j != i for j in range(len(flat))])
        total = total - scores[partner] + scores[others].logsumexp(0)
    return total / len(flat)


def simclr() -> dict[str, Any]:
    """Compare two views without a target: for a net that takes both, and by an interface."""
    same = ["--loss=nt_xent", "--train_dataset=views_data", "--eval_datasets=views_data"]
    same.append("--test_datasets")
    first = run("views", MInterface, "--model_name=pair_net", *same)
    pair = copy.deepcopy(first.model.net)
    loop(first, pair, lambda views: (contrast(pair(views)), {}))
    chosen = ["--model_name=encoder_net", "--interface=pair_interface", *same]
    second = run("any", load_class("interface", "pair_interface"), *chosen)
    net = copy.deepcopy(second.model.net)

    def loss(views: Any) -> Any:
        return contrast(net(views.flatten(0, 1)).unflatten(0, (-1, 2))), {}

    loop(second, net, loss)
    loaded = load_net("Logs/encoder_net/any/checkpoints/last.ckpt")
    return {
        "views": off(pair, first),
        "any": off(net, second),
        "net": type(loaded).__name__,
        "rows": rows("encoder_net", "any"),
    }


def inside() -> dict[str, Any]:
    """Compare nets that compute their loss, from tuples and from dicts."""
    found: dict[str, Any] = {}
    for name, data in (("tuple_net", "small_data"), ("dict_net", "named_data")):
        sets = [f"--{role}={data}" for role in ("train_dataset", "eval_datasets", "test_datasets")]
        recorder = run("inside", MInterface, f"--model_name={name}", "--loss=own_loss", *sets)
        net = load_class("net", name)()

        def loss(batch: Any) -> Any:
            if isinstance(batch, dict):
                return net(batch["x"], labels=batch["labels"])["loss"], {}  # noqa: B023
            return net(*batch)[1], {}  # noqa: B023

        loop(recorder, net, loss)
        found[name] = {"off": off(net, recorder), "rows": rows(name, "inside")}
        last = f"--ckpt_path=Logs/{name}/inside/checkpoints/last.ckpt"
        predict = ["--stage=predict", last, "--test_datasets", "bare_data"]  # without a target
        main.one_run(main.options().parse(predict))
        with Path(f"Logs/{name}/inside/predictions/last/bare_data.csv").open() as file:
            found[name]["predictions"] = list(csv.DictReader(file))
    return found


EXAMPLES = {"gan": gan, "vae": vae, "simclr": simclr, "inside": inside}

if __name__ == "__main__":
    Path(sys.argv[-1]).write_text(json.dumps({name: make() for name, make in EXAMPLES.items()}))

"""MInterface: the one LightningModule, the interface of every net of model/.

A net stays a plain nn.Module that returns logits; this class finds it by name, builds it, and runs it. Yours to change:

    configure_loss          a loss of your own
    configure_optimizers    an optimizer or a scheduler of your own
    shared_step             what is computed from a batch (engine/learning/batches.py says what a batch may be)
"""

from typing import Any, Self

import pytorch_lightning as pl
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from engine import (
    Scores,
    build,
    build_loss,
    build_optimizer,
    build_scheduler,
    counted,
    from_checkpoint,
    is_due,
    is_repeat,
    load_class,
    split_batch,
    training_length,
)

Group = dict[str, Any]  # arguments of a constructor: plain numbers, strings and lists, as in config.yaml


class MInterface(pl.LightningModule):
    """Trains, evaluates, tests and predicts with the net `model_name`, built with the arguments `net`."""

    def __init__(
        self,
        model_name: str,
        net: Group | None = None,
        loss: str = "CrossEntropyLoss",
        loss_args: Group | None = None,
        optimizer: str = "AdamW",
        lr: float = 1e-3,
        optimizer_args: Group | None = None,
        lr_scheduler: str | None = None,
        lr_scheduler_args: Group | None = None,
        metrics: list[str] | None = None,
        metric_args: dict[str, Group] | None = None,
        usual_metrics: bool = False,
        eval_datasets: list[str] | None = None,
        eval_every: dict[str, int] | None = None,
        test_datasets: list[str] | None = None,
        monitor: str | None = None,
        monitor_mode: str = "min",
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = self.instancialize(self.load_model(model_name), net or {})
        self.loss = self.configure_loss()
        chosen = {name: (metric_args or {}).get(name, {}) for name in metrics or []}
        sets = {"train": [""], "val": eval_datasets or [], "test": test_datasets or []}
        self.scores = Scores(loss, chosen, sets, getattr(self.loss, "ignore_index", None), usual_metrics)

    def load_model(self, name: str) -> type[nn.Module]:
        """Import the class of a net by the name of its file."""
        return load_class("model", name)

    def instancialize(self, net_class: type[nn.Module], args: Group) -> nn.Module:
        """Build the net with the arguments that its constructor takes."""
        return build(net_class, "net", args)

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self.net(*inputs, **named)

    def configure_loss(self) -> nn.Module:
        """The loss that --loss names. For your own, return any nn.Module: its forward takes (output, target), each a
        tensor or the tuple or dict that the net or the item gave, or each of their parts, as in forward(recon, mean,
        logvar, target). It returns a tensor with one number. Metrics still go by --loss: give it the name of the
        loss of torch.nn that yours is most like.
        """
        return build_loss(self.hparams["loss"], self.hparams["loss_args"] or {})

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        loss = self.shared_step(batch, "train")
        every = self.trainer.log_every_n_steps  # pyright: ignore[reportAttributeAccessIssue] (set as it is built)
        if every and (self.global_step + 1) % every == 0:  # a call of log costs as much as a small layer
            self.log("train_loss_step", loss, prog_bar=True)
        return loss

    def on_train_epoch_end(self) -> None:
        self.log_dict(self.scores.summary("train"), sync_dist=True)

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self.shared_step(batch, "val", dataloader_idx, is_repeat(self.trainer, batch_idx, dataloader_idx))

    def on_validation_epoch_end(self) -> None:
        latest = dict(self.scores.past["latest"])
        skipped = [name for name in self.scores.sets["val"] if not is_due(self.trainer, name)]
        for key, value in self.scores.summary("val", skipped).items():
            if key.partition("/")[2] in skipped:
                self.trainer.callback_metrics[key] = value  # for the monitor; the curves have no point here
            else:  # the bar shows the means alone
                self.log(key, value, prog_bar="/" not in key, sync_dist=True)
        if self.trainer.sanity_checking:
            self.scores.past["latest"] = latest  # values of two batches stand for nothing
        elif self.trainer.state.fn == "fit":
            self.scores.past["evaluations"] += 1

    def test_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self.shared_step(batch, "test", dataloader_idx, is_repeat(self.trainer, batch_idx, dataloader_idx))

    def on_test_epoch_end(self) -> None:
        self.log_dict(self.scores.summary("test"), sync_dist=True)

    def predict_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> dict[str, Any]:
        """The output and the target of a batch, which are written to a file for each set.

        Of your own: return one value for each sample, or a dict of such (engine/runs/predictions.py says what may be).
        """
        inputs, named, target = split_batch(batch, self.net)
        return {"output": self(*inputs, **named), "target": target}

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """The optimizer and the scheduler that the options name. For your own: return what Lightning describes under
        LightningModule.configure_optimizers, such as `torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])`."""
        hparams = self.hparams
        name, lr, args = hparams["optimizer"], hparams["lr"], hparams["optimizer_args"] or {}
        optimizer = build_optimizer(name, self.parameters(), lr, args)
        if hparams["lr_scheduler"] is None:
            return optimizer
        training = {"lr": lr, "monitor": hparams["monitor"] or "train_loss", "mode": hparams["monitor_mode"]}
        name, args = hparams["lr_scheduler"], hparams["lr_scheduler_args"] or {}
        scheduler = build_scheduler(name, optimizer, args, training | training_length(self.trainer))
        return {"optimizer": optimizer, "lr_scheduler": scheduler}

    def shared_step(self, batch: Any, stage: str, set_index: int = 0, repeat: bool = False) -> Tensor:
        """The loss of a batch, counted in the scores of its stage and set unless it is a repeat."""
        inputs, named, target = split_batch(batch, self.net)
        output = self(*inputs, **named)
        loss, total, terms = counted(self.loss, output, target, batch)
        if not repeat:
            place, after_training = self.scores.place(stage, set_index), self.trainer.state.fn != "fit"
            self.scores.update(place, total, terms, output, target, confusion=after_training)
        return loss

    @classmethod
    def load_from_checkpoint(cls, *args: Any, **kwargs: Any) -> Self:
        """What Lightning loads, also where a file that gave the net its initial weights is gone."""
        with from_checkpoint():
            return super().load_from_checkpoint(*args, **kwargs)

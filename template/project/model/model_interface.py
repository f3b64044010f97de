"""MInterface: the LightningModule that trains any net of model/.

A net stays a plain nn.Module that returns what the loss takes, such as logits; this class finds it by name,
builds it, and runs it. Yours to change:

    configure_loss          a loss that needs more than a file in utils/ and --loss; still set --loss to one
                            of the same task: it decides the metrics and the predictions
    configure_optimizers    optimizers and schedulers that the options cannot name
    shared_step             output and loss of a batch; README.md says what a batch may be

For another kind of training, such as a GAN, write a subclass instead, and choose it by --interface.
Each parameter of __init__ gets the value of main.py's option of that name; `net`, `loss_args` and so on get
the options --net.*, --loss_args.*, ..., and `metric_args` those of each metric by its name. main.py has
defaults of its own: those here are for other code.
The engine uses `net`, `loss`, `scores` and the parameters of __init__: do not rename them.
"""

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from engine import Scores, build, build_loss, build_optimizers, load_class, split_batch

Group = dict[str, Any]  # arguments of a constructor: plain numbers, strings and lists, as in config.yaml


class MInterface(pl.LightningModule):
    """Trains, validates, tests and predicts with the net `model_name`; `net` holds its arguments."""

    def __init__(
        self,
        model_name: str,
        net: Group | None = None,
        loss: str = "CrossEntropyLoss",
        loss_args: Group | None = None,
        optimizer: str = "AdamW",
        lr: float = 1e-3,
        optimizer_args: Group | None = None,
        param_groups: dict[str, Group] | None = None,
        freeze: list[str] | None = None,
        unfreeze_at: int = 0,
        lr_scheduler: str | None = None,
        lr_scheduler_args: Group | None = None,
        metrics: list[str] | None = None,
        metric_args: dict[str, Group] | None = None,
        usual_metrics: bool = False,  # set by the engine: True if --metrics was not given
        eval_datasets: list[str] | None = None,
        test_datasets: list[str] | None = None,
        monitor: str | None = None,
        monitor_mode: str = "min",
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = self.instancialize(self.load_model(model_name), net or {})
        self.loss = self.configure_loss()
        self.scores = Scores(self.hparams, self.loss)  # the mean loss and the metrics of each stage and set

    def load_model(self, name: str) -> type[nn.Module]:
        """Import the class of a net by the name of its file."""
        return load_class("net", name)

    def instancialize(self, net_class: type[nn.Module], args: Group) -> nn.Module:
        """Build the net with the arguments that its constructor takes."""
        return build(net_class, "net", args)

    def forward(self, *inputs: Any, **named: Any) -> Any:
        return self.net(*inputs, **named)

    def configure_loss(self) -> nn.Module:
        """Build the loss that --loss names: a class of torch.nn, or your own in utils/."""
        return build_loss(self.hparams["loss"], self.hparams["loss_args"] or {})

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        loss = self.shared_step("train", batch, batch_idx)
        every = self.trainer.log_every_n_steps  # pyright: ignore[reportAttributeAccessIssue] (Trainer has it)
        if every and (self.global_step + 1) % every == 0:  # calling self.log for every batch is slow
            self.log("train_loss_step", loss, prog_bar=True)
        return loss

    def on_train_epoch_end(self) -> None:
        self.log_dict(self.scores.compute("train"), sync_dist=True)

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self.shared_step("val", batch, batch_idx, dataloader_idx)

    def on_validation_epoch_end(self) -> None:
        for key, value in self.scores.compute("val").items():
            self.log(key, value, prog_bar="/" not in key, sync_dist=True)  # bar: only means over the sets

    def test_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
        self.shared_step("test", batch, batch_idx, dataloader_idx)

    def on_test_epoch_end(self) -> None:
        self.log_dict(self.scores.compute("test"), sync_dist=True)

    def predict_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> dict[str, Any]:
        """Return the output and the target of a batch; --stage predict writes them, one file per set.

        A predict_step of your own returns one value for each sample, all of one shape, or a dict of such
        values; None writes nothing. An entry "output" becomes the prediction and its score; "index", "file"
        and "allow_pickle" are reserved. A set is held in memory until it is written: for maps or long texts,
        leave the scores out.
        """
        inputs, named, target = split_batch(batch, self.net)
        return {"output": self(*inputs, **named), "target": target}

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Build the optimizer and the scheduler that the options name.

        To use others, return them here as in any LightningModule, such as
        `torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])`.
        """
        return build_optimizers(self.named_parameters(), self.hparams, self.trainer)

    def shared_step(self, stage: str, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> Tensor:
        """Run the net on a batch of a stage ("train", "val" or "test"), and return its loss.

        `stage` is for the names of values that you log, such as
        `self.log(f"{stage}_margin", value, on_step=False, on_epoch=True, sync_dist=True)`.
        """
        inputs, named, target = split_batch(batch, self.net)  # named: keyword arguments of the net
        output = self(*inputs, **named)
        loss = self.scores.compute_loss(self.loss, output, target, batch)  # .value, .weight, .terms
        self.scores.update(self, loss, output, target, batch_idx, dataloader_idx)  # for the epoch's values
        return loss.value

"""A confusion matrix as a picture: which classes a net takes for which."""

from pathlib import Path

import pytorch_lightning as pl
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from pytorch_lightning.utilities import rank_zero_only
from torch import Tensor

from ..contract import data_of, model_of

WRITTEN = 20  # up to so many classes there is room for the counts in the cells
LABELS = 40  # so many names of classes can be read on an axis
NAME = 24  # so many characters of a name


class Confusions(pl.Callback):
    """Draws confusion-<stage>-<set>.png of each set of classes that a checkpoint is validated or tested on.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.state.fn != "fit":
            self.draw(trainer, "val", "eval")

    def on_test_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.draw(trainer, "test", "test")

    def draw(self, trainer: pl.Trainer, stage: str, split: str) -> None:
        """Draw the matrices of a stage; a dataset may name its classes in an attribute `classes`."""
        data = data_of(trainer)
        datasets = dict(zip(data.names[split], data.sets[split], strict=True)) if data else {}
        for name, counts in model_of(trainer).scores.confusions(stage).items():
            classes = getattr(datasets.get(name), "classes", None)
            named = classes if classes and len(classes) == len(counts) else None
            draw_confusion(counts, self.folder / f"confusion-{stage}-{name}.png", f"{name} ({stage})", named)


@rank_zero_only
def draw_confusion(counts: Tensor, file: Path, title: str, classes: list[str] | None = None) -> None:
    """Draw how often each class was taken for each, the rows by target and the columns by prediction.

    Args:
        counts: (C, C), the samples of each target with each prediction.
        file: the picture to write, such as <run>/confusion-test-example_testdata.png.
        title: of the picture.
        classes: C names; without them the classes are numbers.
    """
    counts = counts.cpu()
    size = len(counts)
    shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)  # a class without samples has a row of zeros
    names = [name if len(name) <= NAME else f"{name[: NAME - 1]}…" for name in classes or map(str, range(size))]
    side = min(max(4.0, 0.42 * size), 9.0)  # inches
    beside = 0.08 * max(map(len, names))
    figure = Figure(figsize=(max(side + beside + 1.6, 0.11 * len(title)), side + beside + 0.6), layout="constrained")
    figure.suptitle(title)
    axes = figure.subplots()
    # The root of a share shows the few that went wrong beside the many that did not.
    image = axes.imshow(shares.numpy(), cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1), interpolation="nearest")
    figure.colorbar(image, ax=axes, label="share of the target's samples", ticks=[0, 0.01, 0.1, 0.25, 0.5, 1])
    axes.set(xlabel="prediction", ylabel="target")
    step = next(step for step in (1, 2, 5, 10, 20, 50, size) if size <= step * LABELS or step == size)
    shown = range(0, size, step)
    axes.set_yticks(shown, names[::step], fontsize="small")
    axes.set_xticks(shown, names[::step], fontsize="small", rotation=90 if max(map(len, names)) > 2 else 0)
    if size <= WRITTEN:
        for row, column in counts.nonzero().tolist():
            count, colour = str(int(counts[row, column])), "white" if shares[row, column] > 0.3 else "black"
            axes.text(column, row, count, ha="center", va="center", color=colour, fontsize=8 if len(count) < 5 else 6)
    figure.savefig(file, dpi=150)

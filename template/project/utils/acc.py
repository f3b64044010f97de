"""Accuracy, as `--metrics acc`: torchmetrics' under a name of the project's own, for every task that has one."""

from torchmetrics.classification import BinaryAccuracy, MulticlassAccuracy

from utils.delegate import Delegate, Task


class Acc(Delegate):
    """Share of right answers, 0..1: of classes, logits (B, C, ...) and targets (B, ...); of labels, both (B, ...).

    Args:
        task: found out from the loss.
        ignore_index: a target to leave out, such as padding.
    """

    higher_is_better = True
    tasks = ("classes", "labels")

    def __init__(self, task: Task = "multiclass", ignore_index: int | None = None) -> None:
        if task == "multiclass":
            counted = MulticlassAccuracy(num_classes=None, average="micro", ignore_index=ignore_index)
        else:
            counted = BinaryAccuracy(ignore_index=ignore_index)  # each of several labels counts alike
        super().__init__(counted)

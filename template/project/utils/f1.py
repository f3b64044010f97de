"""F1 score, as `--metrics f1`: torchmetrics' under a name of the project's own, for every task that has one."""

from torchmetrics.classification import F1Score

from utils.delegate import Delegate, Task


class F1(Delegate):
    """Harmonic mean of precision and recall, 0..1, each class or label with the same weight; shapes as of acc.

    Args:
        task: found out from the loss.
        num_classes: found out from the net.
        num_labels: found out from the net.
        ignore_index: a target to leave out, such as padding.
    """

    higher_is_better = True
    tasks = ("classes", "labels")

    def __init__(
        self,
        task: Task = "multiclass",
        num_classes: int | None = None,
        num_labels: int | None = None,
        ignore_index: int | None = None,
    ) -> None:
        counted = F1Score(
            task, num_classes=num_classes, num_labels=num_labels, average="macro", ignore_index=ignore_index
        )
        super().__init__(counted)

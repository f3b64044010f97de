"""Accuracy, as `--metrics acc`: a class of torchmetrics under a name and with defaults of the project's own."""

from torchmetrics.classification import MulticlassAccuracy


class Acc(MulticlassAccuracy):
    """Share of the targets that have the highest logit.

    Logits of shape (B, classes, ...) and integer targets of shape (B, ...); no number of classes is needed.

    Args:
        ignore_index: a target to leave out, such as padding.
    """

    def __init__(self, ignore_index: int | None = None) -> None:
        super().__init__(num_classes=None, average="micro", ignore_index=ignore_index)

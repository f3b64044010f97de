"""Mean absolute error, as `--metrics mae`: torchmetrics' under a name of the project's own."""

from torchmetrics import MeanAbsoluteError


class Mae(MeanAbsoluteError):
    """Mean distance of the output from the target, both (B, ...), in the target's unit.

    Of several numbers (B, D) the mean over all of them.
    """

    tasks = ("numbers",)

"""Options of the Trainer that do not fit the data: refused before the training, where Lightning stops in its midst."""

from typing import Any

from torch.utils.data import IterableDataset

from ..errors import OptionError, refusing
from ..loading.loaders import SetLoader

NEVER_ZERO = ("check_val_every_n_epoch", "accumulate_grad_batches", "limit_predict_batches")
LOADERS = {"fit": ("train", "val", "test"), "validate": ("val",), "test": ("test",), "predict": ("predict",)}


def refuse_limits(trainer: Any, stage: str) -> None:
    """Raise OptionError for a number of epochs or batches that is none, or more than there are."""
    for option in NEVER_ZERO:
        if getattr(trainer, option) == 0:
            raise OptionError(f"--trainer.{option} is 0", "give 1 or more")
    for kind in LOADERS[stage]:
        loaders = getattr(trainer.datamodule, f"{kind}_dataloader")()
        for loader in loaders if isinstance(loaders, list) else [loaders]:
            refuse_share(loader, f"limit_{kind}_batches", trainer)
    if stage == "fit":
        with refusing("Lightning refuses --trainer.*", "python main.py --help lists them"):
            trainer.fit_loop.setup_data()


def refuse_share(loader: SetLoader, option: str, trainer: Any) -> None:
    """Raise OptionError for a share of a set's batches, such as 0.1, that is less than one batch."""
    share = getattr(trainer, option)
    if not isinstance(share, float) or isinstance(loader.dataset, IterableDataset):
        return
    if 0 < share * len(loader) < 1:
        typed = "overfit_batches" if share == trainer.overfit_batches else option
        message = f"--trainer.{typed} {share} of the {len(loader)} batches of {loader.name} is none"
        raise OptionError(message, "give more, or a whole number of batches")

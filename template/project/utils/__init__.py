"""Metrics, losses, schedulers, callbacks and helpers of your own, one a file."""

# The register of metrics: top_k.py holds the class TopK, and `--metrics acc top_k` computes it beside acc.
METRICS = ("top_k",)

# The register of losses: focal_loss.py holds the class FocalLoss, and `--loss focal_loss` chooses it.
LOSSES = ()

# The register of schedulers: slow_start.py holds SlowStart, and `--lr_scheduler slow_start` chooses it.
SCHEDULERS = ()

# The register of callbacks: ema.py holds the class Ema, and `--callbacks ema` adds it to the Trainer.
CALLBACKS = ()

__all__ = ["CALLBACKS", "LOSSES", "METRICS", "SCHEDULERS"]

"""Metrics and helpers of your own, one a file."""

# The register of metrics: file top_k.py holds class TopK, `--metrics acc top_k` computes both.
METRICS = (
    "acc",
    "f1",
    "mae",
    "r2",
)

__all__ = ["METRICS"]

"""Metrics and helpers of your own, one a file."""

# The register of metrics: file top_k.py holds class TopK, `--metrics acc top_k` computes it beside the accuracy.
METRICS = ("top_k",)

__all__ = ["METRICS"]

"""Checks before the first batch, and during training."""

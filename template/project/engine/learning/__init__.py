"""Losses, metrics, optimizers, schedulers, and frozen parameters."""

"""Losses, optimizers, schedulers, metrics, and what a batch may be."""

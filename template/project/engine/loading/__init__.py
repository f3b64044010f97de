"""Datasets, batches, loaders, the share of each process, and random numbers."""

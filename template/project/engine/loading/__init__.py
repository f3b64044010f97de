"""Loaders, the share of each process, and random numbers."""

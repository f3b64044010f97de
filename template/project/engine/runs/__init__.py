"""The folder of a run and what it holds: record, logs, checkpoints, results, plots, predictions."""

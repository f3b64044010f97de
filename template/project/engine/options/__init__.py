"""Combine the command line, config files and a checkpoint into one configuration."""

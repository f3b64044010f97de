"""The commands, each a function of its name."""

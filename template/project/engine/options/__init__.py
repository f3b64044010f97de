"""From the command line, config files and a checkpoint to one configuration."""

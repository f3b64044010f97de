"""The plan of a command, and carrying it out: all or nothing, one command at a time."""

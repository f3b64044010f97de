"""All or nothing: how a command changes the disk, one command at a time."""

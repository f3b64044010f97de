"""What each command does, in a function of its name."""

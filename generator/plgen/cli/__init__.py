"""The command line: it parses, calls a command, prints what comes of it and exits."""

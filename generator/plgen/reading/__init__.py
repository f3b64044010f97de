"""What a project's files say, by their syntax, and the edits that change it."""

"""Find a project, read its modules, edit its registers, and find references to a module."""

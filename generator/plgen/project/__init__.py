"""Find a project, read its modules, edit its registers, and find what refers to a module."""

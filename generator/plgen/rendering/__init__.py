"""Rendering: a new project with Copier, a new module with Jinja."""

"""Rendering: a new project with Copier, a new module from its part or another module."""

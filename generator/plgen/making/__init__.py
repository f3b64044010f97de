"""What is rendered: a new project, and the modules that it grows by."""

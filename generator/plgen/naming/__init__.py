"""The naming rule: what a project grows by, and what its modules and classes are called."""

"""The naming rule: the kinds of modules, and the names of modules and classes."""

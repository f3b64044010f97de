"""The checks of `plgen check`: the naming rule, the registers, and imports."""

"""What `plgen check` finds: the naming rule, the registers, and imports."""

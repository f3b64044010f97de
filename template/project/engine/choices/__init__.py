"""Names to classes: the naming rule, the registers, and the parameters of a class as options."""

"""Features as data: what each kind of definition measures, over which rows, and its name."""

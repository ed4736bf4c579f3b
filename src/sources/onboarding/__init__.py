"""What helps to describe a new source: a first draft of its mapping, and a check of it."""

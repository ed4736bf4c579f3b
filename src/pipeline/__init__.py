"""One module per DVC stage: it reads, calls, writes, and holds no logic."""

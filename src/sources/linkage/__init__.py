"""Entity resolution: which records of the systems are the same person or company, and why."""

"""Evaluates a plan over tables in memory, with NumPy: for a few customers, where an engine that
plans each statement anew takes longer to plan than to compute."""

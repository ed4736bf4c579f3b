"""Evaluates a plan over tables in memory, by instructions that Numba compiles: for a few customers,
where an engine that plans each statement anew takes longer to plan than to compute."""

"""Splits, search, calibration, baselines, figures and the bundle that is served."""

"""Splits, search, fit, calibration, baselines, evaluation, bundles, tracking."""

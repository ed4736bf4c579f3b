"""Splits, search, fit, calibration, baselines, evaluation, bundles, tracking."""

import os

# Read once, when LightGBM's OpenMP is loaded: threads that wait sleep rather than spin. Where
# other programs share the cores, spinning made the same training take ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

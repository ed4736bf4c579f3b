"""Exact SHAP values, drivers, constraints, and reasons in words.

Front doors: values.explain, reasons.top_reasons, reasons.batch_reasons, drivers.feature_drivers,
constraints.observed_directions, wording.format_value.
May import core, features and models. Serving and reports import it.
"""

"""Exact SHAP values, reasons in words and the reports that compliance reads."""

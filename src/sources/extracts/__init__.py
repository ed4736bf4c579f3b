"""Extracts of SQL databases."""

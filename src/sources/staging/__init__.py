"""Rows of raw relations as rows of ledger tables: converted, corrected, judged, versioned."""

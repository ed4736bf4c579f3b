"""Measures of the ledger, drift of a delivery, gates that stop a bad delivery, lineage of rows.

Front doors: session.open_book, measures.all.measure, gates.judge, refusal.require_passed,
lineage.origins, lineage.rows_of.
May import core, privacy, sources and features. The page that people read is src/reports/quality.
"""

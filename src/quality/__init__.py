"""The data-quality report: measures of the ledger, gates that stop a bad delivery, lineage."""

"""Staged rows into the ledger's files, with the account of every row."""

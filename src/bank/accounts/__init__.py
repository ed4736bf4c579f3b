"""Accounts of the simulated bank: numbers, books, postings, statements, what goes wrong in them."""

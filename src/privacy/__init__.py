"""Direct identifiers stay in a vault; all other rooms see keyed pseudonyms.

Front door: `key.load_key` (the secret), `pseudonym` (keyed hashes in the place of identifiers),
`vault` (who is who), `scrub` and `mask` (texts and values that may be shown), `find.find` (look
up one customer, with a line in `accesses`), `erasure`, `plan`, `redact`, `verify` (erase some).
It may import `src.core` only; `declared` says what it needs to know of a source's mapping.
"""

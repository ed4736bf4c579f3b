"""Direct identifiers stay in a vault; what comes after sees keyed pseudonyms.

key: where the secret comes from. pseudonym: keyed hashes in the place of identifiers. vault: who
is who, for few eyes. scrub: free text without identifiers. mask: the shape of a private value.
erased, redact: raw rows of erased customers are left out before anything reads them.
"""

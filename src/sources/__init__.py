"""From the raw deliveries of several systems to one clean ledger.

Front door: `collect.collect` (bring the raw files), `integrate.integrate` (make the ledger, each
row in it or rejected by a named rule), `mapping.mapping.load_mapping` (what a source declares).
Inside, in the order of the way: `extracts`, `reading`, `mapping`, `staging`, `linkage`, `identity`,
`ledger`; `onboarding` drafts and checks the mapping of a new source.
It may import `src.core`, `src.privacy` and `src.bank`.
"""

"""Point-in-time features, customer asset size and labels.

Front door: `build.build_features(ledger, spine, spec)`, the same for training, batch and endpoint;
`spec.load_catalogue` (which features), `spine.make_spine` (whose rows, and when),
`assets.asset_size` (what a customer holds), `labels.Outcomes` (what came after), `audit` (leaks).
Only `windows` compares timestamps; only `ahead` and `labels` look forward.
It may import `src.core`, `src.privacy` and `src.bank`.
"""

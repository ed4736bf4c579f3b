"""The endpoint: checked requests, the scorer, and the BentoML service.

Front door: `scorer.open_scorer(folder)` (the models and the store of a release; it answers
requests), `scoring.score_batch` (the same scores for many rows), `store.write_store`, and
`service.CustomerScoring`, which `bentoml serve` starts.
It may import all rooms below: `src.explain`, `src.models`, `src.features`, `src.core`.
"""

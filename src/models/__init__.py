"""Models: splits, search, fit, calibration, baselines, evaluation, drift, promotion.

Front door: `train.train_task` (all candidates of a task), `evaluate.evaluate` (the winner and why),
`bundle.load_bundle` and `save_bundle` (a model as files), `promotion.decide_promotion` (challenger
against champion), `watch.watch` (a month against the training window), `fairness` (groups).
Only `tracking` imports MLflow; only `recipes`, `search` and `study` import Optuna.
It may import `src.features`, `src.sources` and what lies below them.
"""

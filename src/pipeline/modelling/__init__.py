"""Stages from the ledger to a candidate release: features, audit, labels, train, fairness,
evaluate, explain, candidate.

Front door: the `main(run)` or `main(run, task)` of each module, which `python -m
src.pipeline.stage` calls.
"""

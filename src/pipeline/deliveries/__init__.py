"""Stages from the deliveries to the ledger: check, collect, integrate, quality, gate, assets.

Front door: the `main(run)` of each module, which `python -m src.pipeline.stage` calls.
"""

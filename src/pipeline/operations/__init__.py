"""What is done beside a run: monitoring, class changes, erasure.

Front door: `monitor.monitor`, `changes.changes`, `erase.erase`.
"""

"""How each figure of a ledger's quality is measured, one module per dimension.

Front door: all.measure, every figure in one session; all.mapped_columns for its arguments. The
figures themselves are in src/quality/figures.
"""

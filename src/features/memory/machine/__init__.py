"""The engine's instructions, compiled by Numba: each works on columns of one matrix of rows.

A column is 64 bits a row: a whole number, a float (its bits), a truth value (0 or 1); a wide whole
number is two columns (low, high), an order of the rows three. Results equal DuckDB's to the bit.
"""

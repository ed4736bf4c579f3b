"""The engine's instructions, compiled by Numba: a whole program in one call.

`scopes` carries out scope after scope of a program (`code`): which rows it has (`opening`), what it
reads of its parents' rows (`reading`), and its steps (`machine`), each on columns of one matrix.

A column is 64 bits a row: a whole number, a float (its bits), a truth value (0 or 1), a text by its
number; a wide whole number is two columns (low, high), an order of the rows three. Results equal
DuckDB's to the bit.
"""

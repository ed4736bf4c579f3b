"""The figures of a data-quality report: plain facts, the rows of quality.json, by dimension.

Shares lie in [0, 1] and are None where there is nothing to divide by.
"""

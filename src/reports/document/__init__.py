"""A report as plain data (page.py: blocks, sections), rendered by the template to one HTML page.

Front doors: page.render, page.both, numbers.*, pictures.write_pictures.
Imports only core and explain.wording; knows no model and no ledger.
"""

"""The data-quality report: what src/quality measures and judges, as a page and as JSON.

Front door: assess.assess. sections/ holds one module per group of sections.
Imports quality, never models.
"""

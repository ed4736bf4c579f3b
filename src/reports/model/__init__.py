"""The report on one model, in the order of a reviewer's checklist.

Front doors: report.model_report, report.unsupported_report, facts.ReportFacts.
sections/ holds one module per section; plots.py and search_plots.py draw.
Imports models, explain and features.
"""

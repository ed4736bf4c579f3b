"""The report on labels: which rows have one, why others have none, base rates.

Front door: report.label_report, from the content of labels.json.
"""

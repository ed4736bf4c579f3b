"""Pages on served models: one month (report.py), changed classes (class_changes.py).

Front doors: report.monitoring_page, class_changes.changes_page.
"""

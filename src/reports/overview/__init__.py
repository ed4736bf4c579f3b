"""All tasks at a glance: the index of the reports, and the summary for the terminal.

Front doors: index.index_page, summary.summary_table.
"""

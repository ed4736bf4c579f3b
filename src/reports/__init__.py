"""The reports that people read: one self-contained HTML page each, in Chinese and English.

Front doors: model.report.model_report, labels.report.label_report, quality.assess.assess,
monitoring.report.monitoring_page, monitoring.class_changes.changes_page,
overview.index.index_page, overview.summary.summary_table, texts.load_texts.
May import core, privacy, sources, features, quality, models and explain.
Only the pipeline imports it.
"""

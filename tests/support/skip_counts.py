"""Pytest plugin: the end of a run counts what was skipped, by reason: data, Java, PostgreSQL, …"""

from collections import Counter


def pytest_terminal_summary(terminalreporter):
    """One line a reason, the most frequent first."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    if reasons:
        terminalreporter.section(f"{len(skipped)} skipped")
        for reason, count in reasons.most_common():
            terminalreporter.line(f"{count:5d}  {reason}")

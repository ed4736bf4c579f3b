"""Section 2 has one row a feed; the files stand folded."""

from dataclasses import replace

import pytest

from src.reports.document.page import Folded, Table
from src.reports.model.sections.data import data
from tests.support.models.known_causes import report_facts

FILES = [f"core/{month:02d}.csv" for month in range(1, 31)]


@pytest.fixture(scope="module")
def section():
    rows = [
        {
            "file": file,
            "table": table,
            "rows_in": 1000,
            "rows_out": 999,
            "rejected": {"bad date": 1, "unused": 0},
        }
        for file in FILES
        for table in ("transactions", "balances")
    ]
    integration = {
        "source": "bank",
        "rows": rows,
        "files": [{"name": "core", "file": file} for file in FILES],
    }
    extracts = [{"name": file, "bytes": 100, "md5": "0" * 32} for file in [*FILES, "notes.txt"]]
    return data(replace(report_facts("churn"), integration=integration, extracts=extracts))


def test_a_feed_has_one_row_a_table_with_its_totals(section):
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert table.rows == [
        ["core", name, "30", "30,000", "29,970", "30", "bad date: 30"]
        for name in ("transactions", "balances")
    ]


def test_originals_are_counted_by_feed_and_a_file_of_no_feed_stands_for_itself(section):
    _, originals, _ = (block for block in section.blocks if isinstance(block, Table))
    assert originals.rows == [["core", "30", "3,000"], ["notes.txt", "1", "100"]]


def test_every_file_is_there_folded(section):
    by_file, checksums = (block for block in section.blocks if isinstance(block, Folded))
    assert len(by_file.blocks[0].rows) == 60
    assert [row[0] for row in checksums.blocks[0].rows] == [*FILES, "notes.txt"]


def test_feeds_of_one_file_each_are_not_folded():
    section = data(report_facts("churn"))
    [folded] = [block for block in section.blocks if isinstance(block, Folded)]
    assert folded.summary.en == "Checksums of the originals (1)"

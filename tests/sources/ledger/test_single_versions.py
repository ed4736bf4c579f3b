"""No version stands twice, however the rows are cut into batches."""

from datetime import datetime

import pyarrow as pa
import pytest

from src.core.errors import LedgerError
from src.core.schemas import LEDGER
from src.sources.ledger.single_versions import SingleVersions

MAY, JUNE = datetime(2024, 5, 1), datetime(2024, 6, 1)


def _watch(batches, hashed=hash):
    """Watch batches of (customer, completed_at, known_at)."""
    versions, schema = SingleVersions("questionnaires"), LEDGER["questionnaires"].arrow
    for rows in batches:
        table = pa.Table.from_pylist(
            [
                {"customer_id": customer, "completed_at": completed, "known_at": known}
                for customer, completed, known in rows
            ],
            schema=schema,
        )
        hashes = pa.chunked_array([pa.array([hashed(row) % 2**64 for row in rows], pa.uint64())])
        versions.watch(table, hashes)


def test_versions_of_several_instants_pass():
    _watch([[("A", MAY, MAY), ("B", MAY, MAY)], [("A", MAY, JUNE)], []])


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_version_that_stands_twice_is_refused_wherever_the_batches_are_cut(cut):
    rows = [("A", MAY, MAY), ("B", MAY, MAY), ("C", MAY, MAY), ("A", MAY, MAY)]
    with pytest.raises(LedgerError, match=r"questionnaires: .*customer_id A.* in 2 rows"):
        _watch([rows[:cut], rows[cut:]])


def test_hashes_that_agree_by_chance_are_no_fault():
    _watch([[("A", MAY, MAY), ("B", MAY, MAY)]], hashed=lambda row: 7)

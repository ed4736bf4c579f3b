"""The extent of the rows that stand, by statistics where they tell, is that of a look at all."""

from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from src.features.standing_extent import standing_extent
from tests.support.ledgers.handmade import BASE, arrow_of

DAY = timedelta(days=1)


def written(path, closed, statistics=True):
    """Forty movements, a day each, in groups of ten; some of them closed."""
    rows = [
        {"customer_id": "a", "occurred_at": BASE + n * DAY}
        | ({"known_until": BASE + 90 * DAY} if n in closed else {})
        for n in range(40)
    ]
    content = arrow_of("transactions", rows)
    pq.write_table(content, path, row_group_size=10, write_statistics=statistics)
    return path


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize(
    ("closed", "extent"),
    [((), (0, 39)), ((0, 5, 39), (1, 38)), (range(12), (12, 39)), (range(25, 40), (0, 24))],
    ids=["none", "some", "the first", "the last"],
)
def test_closed_rows_do_not_count(tmp_path, closed, extent, statistics):
    found = standing_extent(written(tmp_path / "moves.parquet", closed, statistics), "occurred_at")
    assert found == tuple(BASE + days * DAY for days in extent)


def test_a_folder_of_files_is_one_table_and_nothing_has_no_extent(tmp_path):
    (tmp_path / "moves").mkdir()
    written(tmp_path / "moves" / "one.parquet", range(40))
    assert standing_extent(tmp_path / "moves", "occurred_at") is None
    written(tmp_path / "moves" / "two.parquet", range(3))
    found = standing_extent(tmp_path / "moves", "occurred_at")
    assert found == (BASE + 3 * DAY, BASE + 39 * DAY)

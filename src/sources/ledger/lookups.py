"""Long texts that repeat go through joins and sorts as numbers and are spelled out at the end."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from src.sources.staging.work import Work


@dataclass(frozen=True)
class Lookup:
    """A table of the session whose rows, numbered from 0, stand for `texts`; its column `value`
    finds the row."""

    table: str
    texts: pa.Array

    def join(self, value: str) -> str:
        """JOIN by a value of the left side."""
        return f" LEFT JOIN {self.table} ON {value} = {self.table}.value"

    @property
    def number(self) -> str:
        """SQL of the number of the joined row, empty where there is none."""
        return f"{self.table}.rowid"


def pseudonym_lookup(work: Work, table: str) -> Lookup:
    """From values to the pseudonyms of a table (value, pseudonym)."""
    return Lookup(table, _texts(work, f"SELECT pseudonym FROM {table} ORDER BY rowid"))


def distinct_lookup(work: Work, table: str, column: str) -> Lookup:
    """The distinct values of a column of a table, by themselves."""
    name = f"distinct_{column.strip('_')}_of_{table}"
    work.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT DISTINCT {column} AS value FROM {table} "
        f"WHERE {column} IS NOT NULL ORDER BY value"
    )
    return Lookup(name, _texts(work, f"SELECT value FROM {name} ORDER BY rowid"))


def spelled(batch: pa.Table, lookups: Mapping[str, Lookup]) -> pa.Table:
    """The batch with texts in the place of numbers in the columns of `lookups`."""
    for name, lookup in lookups.items():
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, name, lookup.texts.take(batch[name].combine_chunks()))
    return batch


def _texts(work: Work, query: str) -> pa.Array:
    return work.connection.sql(query).to_arrow_table().column(0).combine_chunks()

"""Drift: the last delivery of each file against the one before it, column by column."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from src.core.schemas import LEDGER, Column
from src.core.stability import expected_by_chance, stability
from src.quality.figures.drift import Drift, beyond_chance
from src.quality.measures.latest import files_before, last_two
from src.quality.session import Book
from src.sources.staging.session import identifier, literal

# Names of single things and free text have no distribution worth comparing.
_NAMES_OF_THINGS = ("account_id", "counterparty", "text", "answers")
_OF_INTEGRATION = ("source", "known_at", "known_until", "imputed")
_MOST_NAMES = 50
_NAMED_SHARE = 0.01
_LISTED = 10


@dataclass(frozen=True)
class Comparison:
    """How deliveries are compared. bins: of equal mass of the delivery before, for numbers;
    min_rows: fewer rows, or fewer values that are not empty, are not compared; ignored:
    table.column whose values are meant to move: only their empty share is compared; lookback:
    deliveries before that are asked where the excess or the change of the empty share goes beyond
    max_drift or max_null_drift."""

    bins: int
    min_rows: int
    ignored: Set[str]
    lookback: int
    max_drift: float
    max_null_drift: float


@dataclass(frozen=True)
class _Pair:
    """Rows of one file in one table: before and now."""

    series: str
    table: str
    rows: tuple[int, int]

    @property
    def selected(self) -> str:
        """The rows of both as SQL."""
        return f"compared WHERE series = {literal(self.series)}"


@dataclass(frozen=True)
class _Binning:
    """A column's bins: SQL that gives a value's bin; each bin's label, rows before and rows now;
    the shift of the median."""

    sql: str
    counts: list[tuple[str, int, int]]
    shift: float | None = None


def drift(book: Book, how: Comparison) -> list[Drift]:
    """One figure per file with two deliveries of enough rows, table and column. Names are compared
    over the 50 most frequent and the rest."""
    found = []
    for table in book.filled_tables():
        columns = _columns(table)
        names = ", ".join(f"t.{identifier(c.name)}" for c in columns)
        book.run(
            f"CREATE OR REPLACE TEMP TABLE compared AS SELECT p.series, p.now, {names} "
            f"FROM {table} AS t JOIN {last_two(book, table)} AS p USING (_row)"
        )
        pairs = book.ask(
            "SELECT series, count(*) FILTER (NOT now), count(*) FILTER (now) FROM compared "
            "GROUP BY series ORDER BY series"
        )
        for series, before, now in pairs:
            if min(before, now) >= how.min_rows:
                pair = _Pair(series, table, (before, now))
                found += [_compare(book, pair, column, how) for column in columns]
    book.run("DROP TABLE IF EXISTS compared")
    return found


def _columns(table: str) -> list[Column]:
    """Everything but the key and what integration fills."""
    return [
        column
        for column in LEDGER[table].columns
        if column.name not in (*_OF_INTEGRATION, "customer_id", *LEDGER[table].key)
    ]


def _compare(book: Book, pair: _Pair, column: Column, how: Comparison) -> Drift:
    name = identifier(column.name)
    empty = book.row(
        f"SELECT count(*) FILTER (NOT now AND {name} IS NULL), "
        f"count(*) FILTER (now AND {name} IS NULL) FROM {pair.selected}"
    )
    binning = _Binning("NULL", [])
    enough = min(n - e for n, e in zip(pair.rows, empty, strict=True)) >= how.min_rows
    if enough and f"{pair.table}.{column.name}" not in how.ignored:
        binning = _binning(book, pair, column, how.bins)
    before, now = [c[1] for c in binning.counts], [c[2] for c in binning.counts]
    index, chance = stability(before, now), expected_by_chance(before, now)
    new, vanished = ((), ()) if _is_number(column) else _one_sided(binning.counts)
    found = Drift(
        series=pair.series,
        table=pair.table,
        column=column.name,
        kind="numbers" if _is_number(column) else "names",
        rows_before=pair.rows[0],
        rows_now=pair.rows[1],
        empty_before=empty[0],
        empty_now=empty[1],
        stability=index,
        by_chance=chance,
        shift=binning.shift,
        bins=tuple(binning.counts),
        new=new,
        vanished=vanished,
        least_excess=beyond_chance(index, chance),
        least_empty_change=abs(empty[1] / pair.rows[1] - empty[0] / pair.rows[0]),
    )
    excess, change = found.least_excess or 0.0, found.least_empty_change or 0.0
    if excess > how.max_drift or change > how.max_null_drift:
        return _against_earlier(book, found, binning.sql, how)
    return found


def _against_earlier(book: Book, found: Drift, bin_sql: str, how: Comparison) -> Drift:
    """The same figure with the least excess and change over the deliveries before."""
    now, files = files_before(book, found.series, how.lookback)
    chosen = ", ".join(literal(file) for file in (now, *files))
    counts: dict[str, dict[object, int]] = {}
    for file, bin_, rows in book.ask(
        f"SELECT l.file, CASE WHEN {identifier(found.column)} IS NULL THEN NULL ELSE "
        f"CAST({bin_sql} AS VARCHAR) END AS bin, count(*) FROM {found.table} AS t JOIN "
        f"(SELECT DISTINCT file, row FROM lineage_{found.table} WHERE file IN ({chosen})) AS l "
        "ON l.row = t._row GROUP BY ALL ORDER BY ALL"
    ):
        counts.setdefault(file, {})[bin_] = rows
    latest = counts[now]
    bins = sorted({str(b) for part in counts.values() for b in part if b is not None})
    excesses, changes = [found.least_excess], [found.least_empty_change]
    for file in files:
        earlier = counts.get(file, {})
        if sum(earlier.values()) < how.min_rows:
            continue
        before = [earlier.get(b, 0) for b in bins]
        after = [latest.get(b, 0) for b in bins]
        changes.append(abs(_empty_share(latest) - _empty_share(earlier)))
        if sum(before) >= how.min_rows:
            index, chance = stability(before, after), expected_by_chance(before, after)
            excesses.append(beyond_chance(index, chance))
    return replace(
        found,
        least_excess=None
        if found.least_excess is None
        else min(e for e in excesses if e is not None),
        least_empty_change=min(c for c in changes if c is not None),
    )


def _empty_share(counts: dict[object, int]) -> float:
    return counts.get(None, 0) / sum(counts.values())


def _is_number(column: Column) -> bool:
    return column.type in ("integer", "number")


def _binning(book: Book, pair: _Pair, column: Column, bins: int) -> _Binning:
    if _is_number(column):
        return _numbers(book, pair, identifier(column.name), bins)
    if column.type == "string" and column.name not in _NAMES_OF_THINGS:
        return _names(book, pair, identifier(column.name))
    return _Binning("NULL", [])


def _numbers(book: Book, pair: _Pair, name: str, bins: int) -> _Binning:
    """Bins of equal mass of before; the median's shift in interquartile ranges of before."""
    cuts = ", ".join(repr(step / bins) for step in range(1, bins))
    edges, old, new = book.row(
        f"SELECT quantile_disc({name}, [{cuts}]) FILTER (NOT now), "
        f"quantile_disc({name}, [0.25, 0.5, 0.75]) FILTER (NOT now), "
        f"quantile_disc({name}, 0.5) FILTER (now) FROM {pair.selected}"
    )
    borders = sorted(set(edges))
    place = " + ".join(f"({name} > {border!r})::INT" for border in borders)
    found = book.ask(
        f"SELECT {place} AS bin, count(*) FILTER (NOT now), count(*) FILTER (now) "
        f"FROM {pair.selected} AND {name} IS NOT NULL GROUP BY bin ORDER BY bin"
    )
    span = old[2] - old[0]
    shift = (new - old[1]) / span if span else None
    return _Binning(place, [(_bin(borders, b), before, now) for b, before, now in found], shift)


def _bin(borders: Sequence[float], place: int) -> str:
    if place == len(borders):
        return f"> {borders[-1]:,.10g}"
    return f"≤ {borders[place]:,.10g}"


def _names(book: Book, pair: _Pair, name: str) -> _Binning:
    """Counts by name, the most frequent first, those after the fiftieth as one."""
    found = book.ask(
        f"SELECT {name}, count(*) FILTER (NOT now), count(*) FILTER (now) FROM {pair.selected} "
        f"AND {name} IS NOT NULL GROUP BY {name} ORDER BY count(*) DESC, {name}"
    )
    kept, rest = found[:_MOST_NAMES], found[_MOST_NAMES:]
    if rest:
        kept.append(("…", sum(row[1] for row in rest), sum(row[2] for row in rest)))
    return _Binning(name, kept)


def _one_sided(
    counts: Sequence[tuple[str, int, int]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of some weight that only the later, and only the earlier delivery has."""
    before, now = sum(c[1] for c in counts), sum(c[2] for c in counts)
    new = [n for n, b, c in counts if not b and c >= max(_NAMED_SHARE * now, 1)]
    vanished = [n for n, b, c in counts if not c and b >= max(_NAMED_SHARE * before, 1)]
    return tuple(new[:_LISTED]), tuple(vanished[:_LISTED])

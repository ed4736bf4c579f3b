"""Which ledger rows came with which delivery, by lineage: the last one and the one before it."""

from src.quality.session import Book
from src.sources.staging.session import literal


def latest_of(book: Book, table: str) -> str | None:
    """The name of a relation (_row) of the table's rows that the last deliveries brought, of files
    delivered more than once; None where there is none. Made once per session."""
    files = book.latest_files()
    if not files:
        return None
    name = f"latest_{table}"
    chosen = ", ".join(literal(file) for file in sorted(files))
    book.run(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} AS "
        f"SELECT DISTINCT row AS _row FROM lineage_{table} WHERE file IN ({chosen})"
    )
    return name if book.row(f"SELECT count(*) FROM {name}")[0] else None


def last_two(book: Book, table: str) -> str:
    """The name of a relation (series, now, _row) of the table's rows that the last delivery of
    each file brought (now) and the one before it (not now). Made once per session."""
    pairs = [
        f"({literal(name)}, {now}, {literal(file.file)})"
        for name, files in book.series().items()
        if len(files) > 1
        for now, file in (("false", files[-2]), ("true", files[-1]))
    ]
    name = f"last_two_{table}"
    chosen = ", ".join(pairs) or "('', false, '')"
    book.run(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} AS "
        f"SELECT DISTINCT series, now, l.row AS _row FROM lineage_{table} AS l "
        f"JOIN (VALUES {chosen}) AS d(series, now, file) USING (file)"
    )
    return name


def files_before(book: Book, series: str, most: int) -> tuple[str, tuple[str, ...]]:
    """The file of a series' last delivery, and those of up to `most` before it, newest first."""
    files = [file.file for file in book.series()[series]]
    return files[-1], tuple(reversed(files[-1 - most : -1]))

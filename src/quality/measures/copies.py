"""Deliveries that hold the very bytes of an earlier one: the period that they were to bring is
missing, though every row of theirs is accounted for as repeated or unchanged."""

from src.quality.figures.uniqueness import Copy
from src.quality.measures.timeliness import EVENT_TIME
from src.quality.session import Book


def copies(book: Book) -> list[Copy]:
    """One figure per delivery with rows that is a copy, in the order of the files."""
    tables: dict[str, set[str]] = {}
    for entry in book.account.rows:
        tables.setdefault(entry.file, set()).add(entry.table)
    latest = book.latest_files()
    return [
        Copy(
            file=file.file,
            copy_of=file.copy_of,
            rows=file.rows,
            latest=file.file in latest,
            events=not EVENT_TIME.keys().isdisjoint(tables.get(file.file, ())),
        )
        for files in book.series().values()
        for file in files
        if file.copy_of and file.rows
    ]

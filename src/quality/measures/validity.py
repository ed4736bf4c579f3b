"""Validity: values as delivered that broke a rule, rejected with their row or changed."""

from src.core.schemas import LEDGER
from src.quality.figures.shares import Scope
from src.quality.figures.validity import Changed, Rejected, Unreadable
from src.quality.session import Book
from src.quality.texts import QualityTexts
from src.sources.staging.session import literal

_LINES = 3


def rejected(book: Book, texts: QualityTexts) -> list[Rejected]:
    """Rows rejected by rule, of each table: counts from integration.json, lines from quarantine."""
    found = []
    for scope, files in _scopes(book):
        lines = _first_lines(book, "quarantine", ("table", "rule"), files)
        for table in LEDGER:
            rows_in = book.account.rows_in(table, files)
            for rule, count in book.account.rejected(table, files).items():
                kind = texts.kind_of(rule)
                found.append(
                    Rejected(
                        table,
                        rule,
                        kind.name,
                        kind.dimension,
                        kind.fault,
                        scope,
                        count,
                        rows_in,
                        lines.get((table, rule), ()),
                    )
                )
    return found


def unreadable(book: Book, texts: QualityTexts) -> list[Unreadable]:
    """One figure per delivery that has lines or values that can't be read."""
    latest, found = book.latest_files(), []
    for file in book.account.files:
        rules = [
            {rule: n for rule, n in e.rejected.items() if texts.kind_of(rule).name == "unreadable"}
            for e in book.account.rows
            if e.file == file.file and e.table
        ]
        values = max((sum(counts.values()) for counts in rules), default=0)
        if values + file.malformed:
            names = {rule for counts in rules for rule in counts}
            lines = _unreadable_lines(book, file.file, names)
            is_last = file.file in latest
            found.append(Unreadable(file.file, is_last, file.rows, file.malformed, values, lines))
    return found


def _unreadable_lines(book: Book, file: str, rules: set[str]) -> tuple[str, ...]:
    names = ", ".join(map(literal, sorted(rules))) or "''"
    lines = book.ask(
        f"SELECT DISTINCT line, rule FROM quarantine WHERE file = {literal(file)} "
        f"AND (rule IN ({names}) OR \"table\" = '') ORDER BY line, rule LIMIT {_LINES}"
    )
    return tuple(f"{file}:{line} ({rule})" for line, rule in lines)


def changed(book: Book) -> list[Changed]:
    """Values corrected or filled by rule, of each table and column."""
    found = []
    for scope, files in _scopes(book):
        lines = _first_lines(book, "corrections", ("table", "column", "rule", "kind"), files)
        counts = book.ask(
            'SELECT "table", "column", rule, kind, count(*) FROM corrections '
            f"WHERE {_among(files)} GROUP BY ALL ORDER BY ALL"
        )
        for table, column, rule, kind, values in counts:
            rows_in = book.account.rows_in(table, files)
            place = lines.get((table, column, rule, kind), ())
            found.append(Changed(table, column, rule, kind, scope, values, rows_in, place))
    return found


def _scopes(book: Book) -> list[tuple[Scope, frozenset[str] | None]]:
    latest = book.latest_files()
    scopes: list[tuple[Scope, frozenset[str] | None]] = [("all", None)]
    return [*scopes, ("latest", latest)] if latest else scopes


def _among(files: frozenset[str] | None) -> str:
    if files is None:
        return "true"
    return f"file IN ({', '.join(literal(file) for file in sorted(files))})"


def _first_lines(
    book: Book, relation: str, by: tuple[str, ...], files: frozenset[str] | None
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The first few places of each group as file:line."""
    keys = ", ".join(f'"{name}"' for name in by)
    groups = book.ask(
        f"SELECT {keys}, min({{'f': file, 'l': line}}, {_LINES}) FROM {relation} "
        f"WHERE {_among(files)} GROUP BY {keys} ORDER BY {keys}"
    )
    return {
        tuple(group[:-1]): tuple(f"{place['f']}:{place['l']}" for place in group[-1])
        for group in groups
    }

"""Uniqueness: keys with several rows, and records of several systems that are one customer."""

import json
from collections import Counter
from pathlib import Path

from src.core.schemas import LEDGER
from src.quality.figures.uniqueness import Identities, Keys
from src.quality.lineage import first_lines
from src.quality.measures.versions import repeated_rows, several_versions
from src.quality.session import STANDS, Book
from src.sources.staging.session import literal


def keys(book: Book) -> list[Keys]:
    """One figure per table with rows. Memory grows with distinct keys and spills to disk."""
    found = []
    for name in book.filled_tables():
        table = LEDGER[name]
        rows, standing = book.row(f"SELECT count(*), count(*) FILTER ({STANDS}) FROM {name}")
        several, repeated, more, at_once = book.row(
            "SELECT count(*), count(*) FILTER (standing > 1), coalesce(sum(rows), 0), "
            f"coalesce(sum(rows - instants), 0) FROM {several_versions(book, name)}"
        )
        things = rows - int(more) + several
        lines = first_lines(book, name, repeated_rows(book, name)) if repeated else ()
        found.append(Keys(name, table.key, rows, standing, things, repeated, int(at_once), lines))
    return found


def identities(book: Book, vault: Path) -> Identities | None:
    """What entity resolution found, counted from the vault; None where the source has no
    identities. No name, number or reference of anyone leaves the vault."""
    references, links, records = (
        f"read_parquet({literal(str(vault / name))})"
        for name in ("cross_reference.parquet", "links.parquet", "identities.parquet")
    )
    if not (vault / "identities.parquet").is_file():
        return None
    book.run(
        "CREATE OR REPLACE TEMP TABLE members AS SELECT customer_id, record, any_value(system) "
        f"AS system FROM {references} JOIN (SELECT DISTINCT record, system FROM {records} "
        "WHERE system IS NOT NULL) "
        "USING (record) WHERE known_until IS NULL GROUP BY customer_id, record"
    )
    systems = book.ask("SELECT system, count(*) FROM members GROUP BY system ORDER BY system")
    if not systems:
        return None
    sizes = book.ask(
        "SELECT n, count(*) FROM (SELECT count(*) AS n FROM members GROUP BY customer_id) "
        "GROUP BY n ORDER BY n"
    )
    (across,) = book.row(
        "SELECT count(*) FROM (SELECT customer_id FROM members GROUP BY customer_id "
        "HAVING count(DISTINCT system) > 1)"
    )
    evidence = _evidence(book, links)
    book.run("DROP TABLE members")
    return Identities(
        records=sum(count for _, count in systems),
        customers=sum(count for _, count in sizes),
        merged=sum(count for size, count in sizes if size > 1),
        across=across,
        systems=tuple(systems),
        sizes=tuple(sizes),
        links=sum(evidence.values()),
        evidence=tuple(sorted(evidence.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _evidence(book: Book, links: str) -> Counter[str]:
    """Links by the names of what agreed, such as "name, phone"."""
    found: Counter[str] = Counter()
    for text, count in book.ask(
        f"SELECT evidence, count(*) FROM {links} GROUP BY ALL ORDER BY ALL"
    ):
        found[_agreeing(text)] += count
    return found


def _agreeing(text: str) -> str:
    """The fields of one link's evidence that speak for it: those of positive weight."""
    fields = json.loads(text).items()
    names = [n for n, field in fields if isinstance(field, dict) and field["weight"] > 0]
    return ", ".join(sorted(names)) or "none"

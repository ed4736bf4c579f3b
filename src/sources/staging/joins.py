"""Another file beside an entry's own: each row finds the version of it that had arrived by then."""

from src.core.errors import SourceError
from src.privacy.mask import mask
from src.sources.mapping.entries import Join
from src.sources.staging.session import first_row, identifier, identifiers
from src.sources.staging.work import Work

_SHOWN_LINES = 3


def join_sql(work: Work, where: str, join: Join) -> str:
    """LEFT JOIN of the other file as one struct of its name, so that `accounts.cust_no` reads a
    column of it and the main file's own names stay free.

    A key that stands in several deliveries means, for each row of the main file, the latest of
    them that had arrived with it, else the first to come. Raises SourceError where a key stands
    with different contents in one delivery: the join would multiply rows.
    """
    alias, prefix = identifier(join.file), f"_{join.file}_"
    since, until = identifier(f"{prefix}_since"), identifier(f"{prefix}_until")
    narrowed = f" WHERE {join.where}" if join.where else ""
    keys = identifiers(join.by)
    picked = ", ".join(f"{identifier(key)} AS {identifier(prefix + key)}" for key in join.by)
    equal = " AND ".join(f"({sql}) = {identifier(prefix + key)}" for key, sql in join.by.items())
    if not _is_repeated(work, join, keys, narrowed):
        return f" LEFT JOIN (SELECT {picked}, {alias} FROM {alias}{narrowed}) ON {equal}"
    _require_one_meaning(work, where, join, narrowed)
    arrival = "coalesce(_main._delivered, TIMESTAMP 'infinity')"
    return (
        f" LEFT JOIN (SELECT {picked}, {alias}, lead(_delivered) OVER _arrivals AS {until}, "
        f"CASE WHEN lag(_row) OVER _arrivals IS NOT NULL THEN _delivered END AS {since} "
        f"FROM (SELECT * FROM {alias}{narrowed} QUALIFY row_number() OVER (PARTITION BY {keys}, "
        f"_delivered ORDER BY _row) = 1) AS {alias} "
        f"WINDOW _arrivals AS (PARTITION BY {keys} ORDER BY _row)) ON {equal} "
        f"AND coalesce({arrival} >= {since}, true) AND coalesce({arrival} < {until}, true)"
    )


def _is_repeated(work: Work, join: Join, keys: str, narrowed: str) -> bool:
    query = (
        f"SELECT 1 FROM {identifier(join.file)}{narrowed} GROUP BY {keys} "
        "HAVING count(*) > 1 LIMIT 1"
    )
    return first_row(work.connection, query) is not None


def _require_one_meaning(work: Work, where: str, join: Join, narrowed: str) -> None:
    """Keys show their shape alone: one may be an account or a customer, declared private or not."""
    keys = identifiers(join.by)
    content = identifiers(work.mapping.files[join.file].columns)
    found = first_row(
        work.connection,
        f"SELECT {keys}, count(*), arg_min(_file, _row), min(_line, {_SHOWN_LINES}) "
        f"FROM {identifier(join.file)}{narrowed} GROUP BY {keys}, _delivered "
        f"HAVING count(DISTINCT row({content})) > 1 ORDER BY min(_row) LIMIT 1",
    )
    if found:
        *key, count, file, lines = found
        columns = work.mapping.files[join.file].columns
        shown = ", ".join(
            f"{name} {mask(value, columns[name].private or 'key')}"
            for name, value in zip(join.by, key, strict=True)
        )
        more = " and more" if count > len(lines) else ""
        raise SourceError(
            f"{work.raw / file}:{lines[0]}: {shown} stands in {count} rows of different content "
            f"(lines {', '.join(map(str, lines))}{more}); expected one, for {where} joins by it. "
            f"Narrow the join with 'where' in {work.mapping.where}, or remove the repetition."
        )

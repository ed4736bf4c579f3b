"""Values that can't be read as declared, and values read by an alternative format: each noted, and
too many of them an error."""

from src.core.errors import SourceError
from src.core.params import IntegrateParams
from src.sources.reading.arrived import Arrived
from src.sources.reading.parse import Reading
from src.sources.staging.session import first_row, literal

# Of fewer values a share says nothing.
ENOUGH_VALUES = 20


def note_unreadable(
    arrived: Arrived, readings: list[Reading], source: str, params: IntegrateParams
) -> list[str]:
    """Add the unreadable values of `source` to read_unreadable; returns the columns that have any.

    Raises SourceError for a column in which more than params.max_unreadable_share of at least 20
    values are unreadable: it is of another type.
    """
    checked = [reading for reading in readings if reading.can_fail]
    if not checked:
        return []
    counts = ", ".join(
        f"count(*) FILTER ({r.fault}), count(*) FILTER ({r.counted})" for r in checked
    )
    found = first_row(arrived.connection, f"SELECT {counts} FROM {source}") or ()
    faulty = []
    for reading, faults, values in zip(checked, found[::2], found[1::2], strict=False):
        if not faults:
            continue
        if values >= ENOUGH_VALUES and faults > params.max_unreadable_share * values:
            raise SourceError(_other_type(arrived, reading, source, faults, values))
        faulty.append(reading.name)
        arrived.connection.execute(
            f"INSERT INTO read_unreadable SELECT {arrived.tag}, _line, {literal(reading.name)}, "
            f"{_shown(arrived, reading)} FROM {source} WHERE {reading.fault} ORDER BY _line"
        )
    return faulty


def note_repairs(arrived: Arrived, readings: list[Reading], source: str) -> None:
    """Add the values of `source` that only an alternative format reads to read_repairs."""
    for reading in readings:
        if not reading.others:
            continue
        rule = " ".join(
            f"WHEN {value} IS NOT NULL THEN {literal(rule)}"
            for rule, value in reading.others.items()
        )
        arrived.connection.execute(
            f"INSERT INTO read_repairs SELECT {arrived.tag}, _line, {literal(reading.name)}, "
            f"CASE {rule} END, {_shown(arrived, reading)}, "
            f"{arrived.shown(reading.name, f'CAST({reading.typed} AS VARCHAR)')} "
            f"FROM {source} WHERE {reading.value} IS NULL AND {reading.typed} IS NOT NULL "
            "ORDER BY _line"
        )


def require_shape(arrived: Arrived, rows: int, malformed: int, params: IntegrateParams) -> None:
    """Raise SourceError where too many lines are no rows: the file has another shape."""
    lines = rows + malformed
    if lines < ENOUGH_VALUES or malformed <= params.max_unreadable_share * lines:
        return
    first = first_row(
        arrived.connection,
        f"SELECT _line, text FROM read_malformed WHERE (file_name, _file) = ({arrived.tag}) "
        "ORDER BY _line LIMIT 1",
    )
    line, text = first or (0, "")
    raise SourceError(
        f"{arrived.path}:{line}: {text[:80]!r} is no row ({malformed:,} of {lines:,} lines); "
        f"expected the fields of the header. Check delimiter and quote of {arrived.where}, or "
        "fetch the file anew."
    )


def _shown(arrived: Arrived, reading: Reading) -> str:
    return arrived.shown(reading.name, f"CAST({reading.raw} AS VARCHAR)")


def _other_type(arrived: Arrived, reading: Reading, source: str, faults: int, values: int) -> str:
    row = first_row(
        arrived.connection,
        f"SELECT _line, {_shown(arrived, reading)} FROM {source} WHERE {reading.fault} "
        "ORDER BY _line LIMIT 1",
    )
    line, value = row or (0, None)
    found = "is empty" if value is None else f"has {value!r}"
    return (
        f"{arrived.path}:{line}: column {reading.name!r} {found} ({faults:,} of {values:,} values "
        f"can't be read); expected {reading.expected}. Correct the file, or type, format or "
        f"decimal mark of files.{arrived.entry}.columns.{reading.name} in {arrived.mapping.where}."
    )

"""The base currency's own rate: 1, known before everything, so that every currency has rates."""

from src.core.errors import SourceError
from src.core.time import ALWAYS
from src.sources.staging.session import first_row
from src.sources.staging.work import MAPPED_ROWS, Work

RULE = "rate_of_base_currency"
# Before the entries of the mapping, which count from 0.
_ENTRY = -1


def add_base_rate(work: Work) -> None:
    """Put the one rate of the base currency among the staged fx_rates.

    Rates of 1 that the source delivers for it say nothing new and are rejected by RULE. Raises
    SourceError for any other: either that rate is wrong or the mapping's base_currency.
    """
    base = work.mapping.base_currency
    delivered = "_rule IS NULL AND currency = $base"
    contradicting = work.connection.execute(
        f"SELECT _file, _line, rate FROM stage_fx_rates WHERE {delivered} AND rate <> 1 "
        "ORDER BY _entry, _row",
        {"base": base},
    ).fetchall()
    if contradicting:
        file, line, rate = contradicting[0]
        where = work.raw / file if file != MAPPED_ROWS else f"{work.mapping.where}: row "
        raise SourceError(
            f"{where}:{line}: the base currency {base} has the rate {rate}; expected 1, or no rate "
            f"of it at all. Correct the rate, or base_currency in "
            f"{work.mapping.where}."
        )
    work.connection.execute(
        f"UPDATE stage_fx_rates SET _rule = '{RULE}' WHERE {delivered}", {"base": base}
    )
    work.connection.execute(
        "INSERT INTO stage_fx_rates BY NAME SELECT -1 AS _id, $entry AS _entry, 1 AS _row, "
        "false AS _cancels, false AS _no_rate, $base AS currency, "
        "$always AS date, 1.0 AS rate, $source AS source, $always AS known_at",
        {"entry": _ENTRY, "base": base, "always": ALWAYS, "source": work.mapping.name},
    )


def rows_of_base_rate(work: Work) -> int:
    """How many rows integration put among the rates by itself: of no file, in no entry."""
    found = first_row(
        work.connection,
        f"SELECT count(*) FROM stage_fx_rates WHERE _entry = {_ENTRY} AND _rule IS NULL",
    )
    return int(found[0]) if found else 0

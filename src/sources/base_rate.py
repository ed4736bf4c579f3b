"""The base currency's own rate: 1, known before everything, so that every currency has rates."""

from datetime import datetime
from typing import Any

from src.core.errors import SourceError
from src.sources.session import first_row
from src.sources.stage import Work

ALWAYS = datetime(1970, 1, 1)
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
        f"SELECT _entry, _line, rate FROM stage_fx_rates WHERE {delivered} AND rate <> 1 "
        "ORDER BY _entry, _line",
        {"base": base},
    ).fetchall()
    if contradicting:
        entry, line, rate = contradicting[0]
        file = work.mapping.tables["fx_rates"][entry].file
        where = work.path(file) if file else f"configs/sources/{work.mapping.name}.yaml: row "
        raise SourceError(
            f"{where}:{line}: the base currency {base} has the rate {rate}; expected 1, or no rate "
            f"of it at all. Correct the rate, or base_currency in "
            f"configs/sources/{work.mapping.name}.yaml."
        )
    work.connection.execute(
        f"UPDATE stage_fx_rates SET _rule = '{RULE}' WHERE {delivered}", {"base": base}
    )
    work.connection.execute(
        "INSERT INTO stage_fx_rates BY NAME SELECT $entry AS _entry, 1 AS _line, "
        "$base AS currency, $always AS date, 1.0 AS rate, $source AS source, $always AS known_at",
        {"entry": _ENTRY, "base": base, "always": ALWAYS, "source": work.mapping.name},
    )


def account_of_base_rate(work: Work) -> list[dict[str, Any]]:
    """The rows that integration adds by itself, for integration.json: of no file, in no entry."""
    found = first_row(
        work.connection, f"SELECT count(*) FROM stage_fx_rates WHERE _entry = {_ENTRY}"
    )
    return [
        {
            "table": "fx_rates",
            "rows_out": int(found[0]) if found else 0,
            "reason": f"the base currency {work.mapping.base_currency} at the rate 1",
        }
    ]

"""A small made-up delivery of the shape of FAR-Trans, with its traps: nothing of it is real."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

OPENING = date(2018, 1, 2)
PLACEHOLDER = date(2000, 1, 1)
DECLARED = ("Conservative", "Income", "Balanced", "Aggressive")
ASSETS = ("GRS000000001", "GRS000000002", "GRF000000003", "GRC000000004")


@dataclass(frozen=True)
class Investor:
    """One customer: the level and the date of the questionnaire at the end state, and the days of
    the purchases. opened: assets of opening positions that were made up because they were sold."""

    name: str
    level: str
    answered: date
    buys: tuple[date, ...]
    opened: tuple[str, ...] = ()


def investors() -> tuple[Investor, ...]:
    """Four of each declared level, four inferred, two not asked, one with the placeholder."""
    levels = [*DECLARED * 4, *(f"Predicted_{level}" for level in DECLARED), *["Not_Available"] * 2]
    everybody = [
        Investor(
            name=f"{number:020X}",
            level=level,
            answered=date(2018, 12, 10) + timedelta(days=9 * (number % 12)),
            buys=tuple(
                date(2018, 2, 5) + timedelta(days=40 * place + 3 * number) for place in range(10)
            ),
            opened=ASSETS[: number % 3],
        )
        for number, level in enumerate(levels, start=1)
    ]
    return (*everybody, replace(everybody[0], name=f"{99:020X}", answered=PLACEHOLDER))


def without_traps(everybody: tuple[Investor, ...]) -> tuple[Investor, ...]:
    """The same investors as an honest delivery would have them: no position was made up, and who
    declared nothing, or at no time that is known, has no level."""
    return tuple(
        replace(
            one,
            opened=(),
            level=one.level
            if one.level in DECLARED and one.answered > PLACEHOLDER
            else "Not_Available",
        )
        for one in everybody
    )


def deliver(everybody: tuple[Investor, ...], folder: Path) -> None:
    """Write the five files that the mapping reads."""
    folder.mkdir(parents=True)
    told = [
        (one.name, "Mass", one.level, "CAP_30K_80K", one.answered, OPENING) for one in everybody
    ]
    _write(folder / "customer_information.csv", told, _CUSTOMERS)
    assets = [(isin, "n", "n", "Stock", "", "XATH", "", "", OPENING) for isin in ASSETS]
    _write(folder / "asset_information.csv", assets, _ASSETS)
    ends = [(isin, OPENING, date(2022, 11, 29), 3.3, 4.2, 0.27) for isin in ASSETS]
    _write(folder / "limit_prices.csv", ends, _PRICES)
    dated = [row for one in everybody for row in _dated(one)]
    made_up = [(one.name, isin, OPENING) for one in everybody for isin in one.opened]
    _write(folder / "buys_2018-01-02_2019-07-31.csv", dated + made_up, _BUYS)
    # the first purchases that stand among the dated, and later ones within a fortnight's window
    exact = [(*row[:2], OPENING, row[2], "train", row[2]) for row in dated + made_up]
    later = [
        (one.name, ASSETS[-1], date(2020, 3, 1), date(2020, 3, 14), "train", None)
        for one in everybody
    ]
    _write(folder / "first_buys_reconstructed.csv", later + exact, _FIRST_BUYS)


def _dated(one: Investor) -> Iterator[tuple[str, str, date]]:
    for place, day in enumerate(one.buys):
        yield one.name, ASSETS[place % 3], day


def _write(path: Path, rows: list[tuple[object, ...]], columns: str) -> None:
    pd.DataFrame(rows, columns=columns.split(",")).to_csv(path, index=False)


_CUSTOMERS = "customerID,customerType,riskLevel,investmentCapacity,lastQuestionnaireDate,timestamp"
_ASSETS = (
    "ISIN,assetName,assetShortName,assetCategory,assetSubCategory,marketID,sector,industry,"
    "timestamp"
)
_PRICES = "ISIN,minDate,maxDate,priceMinDate,priceMaxDate,profitability"
_BUYS = "customerID,ISIN,timestamp"
_FIRST_BUYS = "customerID,ISIN,window_start,window_end,source,exact_first_buy"

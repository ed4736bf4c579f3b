"""Money inside the ledger: 64-bit integers in 1/100 of the base currency."""

from decimal import ROUND_HALF_EVEN, Decimal

MINOR_PER_UNIT = 100


def to_minor(amount: Decimal | str | int) -> int:
    """An amount in units as minor units, rounded half to even.

    >>> to_minor("12.345")
    1234
    """
    return int((Decimal(amount) * MINOR_PER_UNIT).to_integral_value(rounding=ROUND_HALF_EVEN))


def to_units(minor: int) -> Decimal:
    """Minor units as an exact amount in units.

    >>> to_units(1234)
    Decimal('12.34')
    """
    return Decimal(minor) / MINOR_PER_UNIT

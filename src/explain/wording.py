"""Numbers as a person reads them, in Chinese and English."""

import math

from src.core.taxonomy import Wording

UNKNOWN = Wording(zh="未知", en="unknown")
_CURRENCY_ZH = {"CNY": "元"}


def format_value(value: float, unit: str, currency: str = "") -> Wording:
    """A feature's value with its unit; `currency` is the ISO code of money, or empty.

    >>> format_value(1234567.8, "money", "CNY").zh
    '1,234,568 元'
    >>> format_value(0.125, "share").en
    '12.5%'
    >>> format_value(float("nan"), "days").en
    'unknown'
    """
    if math.isnan(value):
        return UNKNOWN
    if unit == "money":
        return _money(value, currency)
    if unit == "share":
        return _both(f"{plain(100 * value, 1)}%")
    if unit in ("days", "years"):
        number = plain(value, 0 if unit == "days" else 1)
        name = unit if number not in ("1", "-1") else unit.removesuffix("s")
        return Wording(zh=f"{number} {'天' if unit == 'days' else '年'}", en=f"{number} {name}")
    if unit == "flag":
        return Wording(zh="是", en="yes") if value > 0.5 else Wording(zh="否", en="no")
    return _both(plain(value, 2 if unit == "ratio" else 1))


def plain(number: float, decimals: int) -> str:
    """A number with thousands separators, without trailing zeros after the point.

    >>> plain(12345.60, 2), plain(-0.001, 2), plain(3.0, 1)
    ('12,345.6', '0', '3')
    """
    if not math.isfinite(number):
        return "∞" if number > 0 else "-∞"
    text = f"{round(number, decimals) + 0.0:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _money(value: float, currency: str) -> Wording:
    number = plain(value, 0 if abs(value) >= 100 else 2)
    if not currency:
        return _both(number)
    return Wording(zh=f"{number} {_CURRENCY_ZH.get(currency, currency)}", en=f"{currency} {number}")


def _both(text: str) -> Wording:
    return Wording(zh=text, en=text)

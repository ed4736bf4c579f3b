"""How the bank's systems number accounts."""

from src.bank.calendar import Ints
from src.bank.files.texts import Texts, numbered


def account_numbers(place: Ints) -> Texts:
    """Account numbers in core banking by place; places beyond the customers' belong to no one."""
    return numbered(place * 37 + 10_000_019, "6217", 12)

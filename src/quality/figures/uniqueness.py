"""Keys with several rows, and records that are one customer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """Uniqueness of one table's key. rows: all versions; standing: those that stand now; things:
    distinct keys; repeated: keys with several standing rows; repeated_versions: versions of one
    key that were known at the same instant; lines: of the first repeated keys."""

    table: str
    key: tuple[str, ...]
    rows: int
    standing: int
    things: int
    repeated: int
    repeated_versions: int
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identities:
    """Entity resolution. merged: customers with more than one record; across: those with records
    of more than one system; sizes: customers by number of records; evidence: links by what they
    rest on."""

    records: int
    customers: int
    merged: int
    across: int
    systems: tuple[tuple[str, int], ...]
    sizes: tuple[tuple[int, int], ...]
    links: int
    evidence: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Copy:
    """A delivery with rows that holds the bytes of an earlier one of its file. latest: it is the
    file's last; events: its rows tell of a time (movements, prices …), so that a new delivery can't
    be like an old one, as an unchanged list can."""

    file: str
    copy_of: str
    rows: int
    latest: bool
    events: bool

"""The figures of a data-quality report: plain facts, the rows of quality.json.

Shares lie in [0, 1] and are None where there is nothing to divide by. scope is "all" (what stands
in the ledger) or "latest" (rows of the last delivery of files delivered more than once).
"""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["all", "latest"]


def share_of(part: int, whole: int) -> float | None:
    """`part` / `whole`; None where whole is 0."""
    return part / whole if whole else None


def beyond_chance(stability: float | None, by_chance: float | None) -> float | None:
    """A stability index less what chance alone would give, at least 0."""
    if stability is None or by_chance is None:
        return None
    return max(stability - by_chance, 0.0)


@dataclass(frozen=True)
class Filled:
    """How much of one column is filled. rows: standing rows to which the column applies; filled:
    those with a value; imputed: those whose value a rule filled; mapped: the source maps it;
    lines: the first of those that lack it, as file:line, where the column has a gate."""

    table: str
    column: str
    scope: Scope
    rows: int
    filled: int
    imputed: int
    mapped: bool
    lines: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Share: filled / rows."""
        return share_of(self.filled, self.rows)


@dataclass(frozen=True)
class Rejected:
    """Rows of a table that one rule rejected. kind: a rule kind of configs/quality.yaml; fault:
    False where the rows said nothing new; rows_in: rows that came for the table; lines: the first
    of them as file:line."""

    table: str
    rule: str
    kind: str
    dimension: str
    fault: bool
    scope: Scope
    rows: int
    rows_in: int
    lines: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: rows / rows_in."""
        return share_of(self.rows, self.rows_in)


@dataclass(frozen=True)
class Unreadable:
    """Rows of one delivery that can't be read as declared. malformed: lines that are no rows;
    unreadable: rows with a value that can't be read, of the table that lost most; lines: the first
    of both."""

    file: str
    latest: bool
    rows: int
    malformed: int
    unreadable: int
    lines: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: (malformed + unreadable) / rows."""
        return share_of(self.malformed + self.unreadable, self.rows)


@dataclass(frozen=True)
class Changed:
    """Values of a column that a rule changed: kind is corrected or imputed."""

    table: str
    column: str
    rule: str
    kind: str
    scope: Scope
    values: int
    rows_in: int
    lines: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: values / rows_in."""
        return share_of(self.values, self.rows_in)


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
class Delay:
    """known_at minus the event's time, in whole minutes, of one table and source. late: rows known
    more than `late_after_days` after the event."""

    table: str
    source: str
    scope: Scope
    rows: int
    median: int
    p90: int
    p99: int
    largest: int
    late: int

    @property
    def share(self) -> float | None:
        """Share: late / rows."""
        return share_of(self.late, self.rows)


@dataclass(frozen=True)
class Series:
    """The deliveries of one file. rows: of each delivery in order; fewest_before: of all but the
    last; behind_days: how long before the newest delivery of any file its last one arrived;
    overdue_days: how far that goes beyond the longest gap between its deliveries."""

    name: str
    file: str
    deliveries: int
    delivered: str | None
    behind_days: float | None
    overdue_days: float | None
    rows: tuple[int, ...]
    fewest_before: int | None


@dataclass(frozen=True)
class Control:
    """Rows of one delivery against what its control file announced."""

    file: str
    rows: int
    expected: int

    @property
    def missing(self) -> int:
        """Announced rows that did not arrive."""
        return max(self.expected - self.rows, 0)


@dataclass(frozen=True)
class Reference:
    """Rows of a table whose column names something: orphans name what does not exist; lines:
    the first of them."""

    table: str
    column: str
    to: str
    rows: int
    orphans: int
    lines: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Share: orphans / rows."""
        return share_of(self.orphans, self.rows)


@dataclass(frozen=True)
class Statements:
    """Statements compared with the one before plus the movements between the two. what: money or
    units; agreeing: equal to the last cent, or to the millionth of a unit; lines: of the first
    statements that do not agree."""

    what: Literal["money", "units"]
    compared: int
    agreeing: int
    lines: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Share: agreeing / compared."""
        return share_of(self.agreeing, self.compared)


@dataclass(frozen=True)
class Presence:
    """What is held or used and needs a quotation: products and prices, or currencies and rates.
    missing: the first of those without one."""

    what: Literal["price", "rate"]
    needed: int
    present: int
    missing: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share: present / needed."""
        return share_of(self.present, self.needed)


@dataclass(frozen=True)
class Drift:
    """One column of a file's last delivery against the delivery before. kind: numbers or names;
    stability: population stability index over values that are not empty; by_chance: what it would
    be on average if nothing had changed (Yurdakul, 2018: (bins - 1)(1/n + 1/m)); shift: change of
    the median in interquartile ranges; new, vanished: names on one side only; least_excess,
    least_empty_change: the same against the delivery most like it among some before, where the
    one before differs beyond a gate: what comes once a season is no damage."""

    series: str
    table: str
    column: str
    kind: Literal["numbers", "names"]
    rows_before: int
    rows_now: int
    empty_before: int
    empty_now: int
    stability: float | None
    by_chance: float | None
    shift: float | None
    bins: tuple[tuple[str, int, int], ...]
    new: tuple[str, ...]
    vanished: tuple[str, ...]
    least_excess: float | None
    least_empty_change: float | None

    @property
    def excess(self) -> float | None:
        """Stability index beyond chance, at least 0."""
        return beyond_chance(self.stability, self.by_chance)

    @property
    def empty_change(self) -> float | None:
        """Empty share now minus empty share before."""
        before, now = (
            share_of(self.empty_before, self.rows_before),
            share_of(self.empty_now, self.rows_now),
        )
        return None if before is None or now is None else now - before


@dataclass(frozen=True)
class Measures:
    """All figures of one ledger."""

    source: str
    data_end: str | None
    filled: tuple[Filled, ...]
    rejected: tuple[Rejected, ...]
    unreadable: tuple[Unreadable, ...]
    changed: tuple[Changed, ...]
    keys: tuple[Keys, ...]
    identities: Identities | None
    delays: tuple[Delay, ...]
    series: tuple[Series, ...]
    controls: tuple[Control, ...]
    references: tuple[Reference, ...]
    statements: tuple[Statements, ...]
    presence: tuple[Presence, ...]
    drift: tuple[Drift, ...]

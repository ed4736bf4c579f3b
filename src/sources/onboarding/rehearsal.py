"""Integration of what was looked at, by its own steps: which rows would stand, and why others would
not. Whose a row is, and what needs files that were looked at in part, a sample can't tell."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from src.core.errors import ConfigError, SourceError
from src.core.schemas import LEDGER
from src.privacy.origins import named_by
from src.sources.mapping.entries import Entry
from src.sources.mapping.rule import Rule, RuleKind
from src.sources.onboarding.findings import Finding, Level
from src.sources.onboarding.looked import Looked
from src.sources.staging.amounts import foreign_money
from src.sources.staging.base_rate import RULE as BASE_RATE
from src.sources.staging.prepare import prepare_table
from src.sources.staging.rules import make_changes, require_causal
from src.sources.staging.session import first_row, identifier, literal
from src.sources.staging.versions import SAID_ALREADY
from src.sources.staging.work import Work

_SHOWN = 3
_DOES: dict[RuleKind, str] = {
    "correct": "corrects",
    "impute": "fills",
    "quarantine": "puts aside",
}
_ADVICE = {
    "known_after_delivery": "check known_at and its time zone, and 'delivered' of the file",
    "orphan_product": "no row of tables.products that stands has these products",
    "no_exchange_rate": "deliver rates from before the amounts, or reject such rows by a rule of "
    "your own",
}


@dataclass
class Rehearsal:
    """Findings by table and number of the entry, about the mapping's rules, and what stopped it."""

    entries: dict[tuple[str, int], list[Finding]] = field(default_factory=dict)
    rules: list[Finding] = field(default_factory=list)
    stopped: list[Finding] = field(default_factory=list)


def rehearse(
    work: Work, rules: tuple[Rule, ...], looked: Mapping[str, Looked], broken: Set[str]
) -> Rehearsal:
    """Prepare the tables, save the broken ones, from the relations of what was looked at.

    rules: the general ones. The first step that fails ends it, as it would end integration.
    """
    found = Rehearsal()
    fine = {table: e for table, e in work.mapping.tables.items() if table not in broken}
    mapping = work.mapping.model_copy(update={"tables": fine})
    work = Work(work.connection, mapping, work.raw, work.params, work.deliveries)
    make_changes(work.connection)
    try:
        require_causal(mapping.rules, mapping.where)
        for table in LEDGER:
            for count in prepare_table(work, table, rules):
                if count.rule in mapping.rules:
                    does = _DOES[count.rule.kind]
                    text = f"{does} {count.found:,} of {count.checked:,} rows looked at"
                    found.rules.append(Finding("ok", count.rule.name, text))
            for number, entry in enumerate(work.entries_of(table)):
                if entry.file is not None:
                    outcome = _Outcome(work, table, number, entry, looked, (*rules, *mapping.rules))
                    found.entries[table, number] = list(outcome.findings())
    except (ConfigError, SourceError) as error:
        found.stopped.append(Finding("problem", "integration", f"would stop: {error}"))
    return found


@dataclass(frozen=True)
class _Outcome:
    """What became of one entry's rows."""

    work: Work
    table: str
    number: int
    entry: Entry
    looked: Mapping[str, Looked]
    rules: tuple[Rule, ...]

    def findings(self) -> Iterator[Finding]:
        counts = self.work.connection.execute(
            f"SELECT _rule, count(*), arg_min(_file, _row), arg_min(_line, _row) FROM {self._rows} "
            "GROUP BY _rule ORDER BY count(*) DESC, _rule"
        ).fetchall()
        total, stand = sum(row[1] for row in counts), sum(row[1] for row in counts if not row[0])
        if not total:
            return
        partial = {rule: needed for rule, *_ in counts if (needed := self._not_seen(rule))}
        untold = sum(row[1] for row in counts if row[0] in partial)
        text = f"{stand:,} of {total:,} looked at would stand"
        if untold:
            files = ", ".join(sorted({name for names in partial.values() for name in names}))
            text += f"; {untold:,} can't be judged by a part of {files}"
        lost = any(self._level(row[0]) == "warning" for row in counts if row[0])
        level: Level = "ok" if stand or untold else "warning" if lost else "note"
        yield Finding(level, "rows", text)
        for rule, count, file, line in counts:
            if rule and rule not in partial:
                text = f"{count:,} of {total:,}, the first {file}:{line}{self._shown(rule)}"
                yield Finding(self._level(rule), rule, text, self._advice(rule))
        yield from self._known_before_others_come()

    @property
    def _file(self) -> str:
        return str(self.entry.file)

    @property
    def _rows(self) -> str:
        return f"(SELECT * FROM stage_{self.table} WHERE _entry = {self.number})"

    def _level(self, rule: str) -> Level:
        """Rows that say nothing new and rules that the mapping declares are as they should be;
        unreadable values are told of where the file is."""
        ours = (r.name for r in self.rules if r.quarantine)
        meant = {*self.entry.reject, *SAID_ALREADY, BASE_RATE, *ours}
        return "note" if rule in meant or rule.startswith("unreadable_") else "warning"

    def _not_seen(self, rule: str | None) -> list[str]:
        """The files, looked at in part, without which the sample can't tell of a rule."""
        rule = rule or ""
        needed: Sequence[str | None] = ()
        if rule in self.entry.reject:
            asked = named_by(self.work.mapping, self.entry, self.entry.reject[rule])
            needed = sorted({file for file, _ in asked} - {self._file})
        elif rule == "orphan_product":
            needed = [e.file for e in self.work.entries_of("products")]
        elif rule == "no_exchange_rate":
            needed = [e.file for e in self.work.entries_of("fx_rates")]
        elif column := re.sub("^(missing|not_allowed|out_of_range)_", "", rule):
            target = self.entry.columns.get(column)
            sql = str(target.model_dump()) if target and column != rule else ""
            needed = [j.file for j in self.entry.join if re.search(rf"\b{j.file}\b", sql)]
        return [name for name in needed if name is not None and not self.looked[name].complete]

    def _shown(self, rule: str) -> str:
        """Examples of what is wrong, of columns that name nobody."""
        wanted = f"{self._rows} WHERE _rule = {literal(rule)}"
        if rule == "no_exchange_rate" and (money := foreign_money(self.entry)):
            staged = f"(SELECT _row AS _staged FROM {wanted})"
            raw = f"{staged} JOIN {identifier(self._file)} ON _row = _staged"
            return self._examples(f"({money.currency})", raw)
        if rule == "orphan_product":
            return self._examples("product_id", wanted)
        column = re.sub("^(not_allowed|out_of_range)_", "", rule)
        target = self.entry.columns.get(column)
        if column == rule or target is None:
            return ""
        origin = self.work.mapping.files[self._file].columns.get(target.from_ or "")
        return "" if origin and origin.private else self._examples(identifier(column), wanted)

    def _examples(self, value: str, source: str) -> str:
        rows = self.work.connection.execute(
            f"SELECT CAST({value} AS VARCHAR) AS _value, count(*) FROM {source} GROUP BY _value "
            "ORDER BY count(*) DESC, _value"
        ).fetchall()
        some = ", ".join(f"{value!r} ({count:,})" for value, count in rows[:_SHOWN])
        return f": {some}" + (f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else "")

    def _advice(self, rule: str) -> str:
        kind, _, column = rule.partition("not_allowed_")
        if not kind and column:
            allowed = LEDGER[self.table].column(column).allowed
            return f"expected one of {', '.join(allowed)}, by 'values' or the expression"
        if rule.startswith("missing_"):
            return "the ledger needs it; left so, these rows go to quarantine"
        return _ADVICE.get(rule, "")

    def _known_before_others_come(self) -> Iterator[Finding]:
        """Rows known before an instant at which other files came, though they came after it."""
        mapping, own = self.work.mapping, self._file
        if not mapping.files[own].deliveries:
            return
        stamps = _stamps(self.work, set(mapping.files) - {own}) - _stamps(self.work, {own})
        if not stamps:
            return
        values = ", ".join(f"(TIMESTAMP {literal(stamp.isoformat())})" for stamp in sorted(stamps))
        row = first_row(
            self.work.connection,
            f"SELECT count(DISTINCT _id), min(came) FROM {self._rows} JOIN (VALUES {values}) "
            "AS others(came) ON known_at < came AND came < _delivered WHERE _rule IS NULL",
        )
        if row and row[0]:
            text = (
                f"{row[0]:,} rows are known before {row[1]:%Y-%m-%d}, when other files came, but "
                "came later themselves: history does not replay there"
            )
            advice = "see 'When a row is known' in configs/sources/README.md"
            yield Finding("note", "known_at", text, advice)


def _stamps(work: Work, files: Set[str]) -> set[datetime]:
    return {d.delivered for name in files for d in work.deliveries.get(name, ()) if d.delivered}

"""Declared rules over staged rows: what is corrected, what is filled, what is put aside; counted.

The rules of configs/rules.yaml hold for every source; a mapping adds its own, which come first.
Each sees the rows that the rules before it left, none that is rejected, and of other rows only
those known before (src/sources/staging/causal.py). Rows that cancel are no rows of the table and
not seen, save by a rule that corrects the key: what it does to a row it does to the one that
withdraws it, which else would not find it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from src.core.config import Settings, load_settings
from src.core.errors import ConfigError, SourceError
from src.core.schemas import LEDGER
from src.privacy.mask import masked_error
from src.sources.mapping.private_columns import require_private_rule
from src.sources.mapping.rule import Rule
from src.sources.staging.causal import looks_ahead
from src.sources.staging.convert import SQL_TYPES
from src.sources.staging.session import first_row, identifier, literal
from src.sources.staging.work import Work

CHANGES = "rule_changes"


class _RulesFile(Settings):
    """All of configs/rules.yaml."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class RuleCount:
    """What one rule did. checked: rows it looked at; found: rows at fault; changed: of them those
    that it changed or rejected; empty_before, empty_after: rows of the table whose columns that
    the rule sets are empty, summed over those columns."""

    rule: Rule
    origin: str
    checked: int
    found: int
    changed: int
    empty_before: int
    empty_after: int

    def as_json(self) -> dict[str, Any]:
        """For integration.json."""
        return {
            "name": self.rule.name,
            "table": self.rule.table,
            "kind": self.rule.kind,
            "reason": self.rule.reason,
            "origin": self.origin,
            "checked": self.checked,
            "found": self.found,
            "changed": self.changed,
            "empty_before": self.empty_before,
            "empty_after": self.empty_after,
        }


def load_rules(path: Path) -> tuple[Rule, ...]:
    """The rules for every source. Raises ConfigError for a rule that could look ahead in time or
    would copy what is private."""
    rules = load_settings(path, _RulesFile).rules
    require_causal(rules, str(path))
    for rule in rules:
        try:
            require_private_rule(rule)
        except ValueError as error:
            raise ConfigError(f"{path}: {error}.") from error
    return rules


def require_causal(rules: tuple[Rule, ...], where: str) -> None:
    """Raise ConfigError for a rule that could see rows known later than the one it judges."""
    for rule in rules:
        for sql in (rule.when, *rule.correct.values(), *rule.impute.values()):
            if fault := looks_ahead(sql):
                raise ConfigError(
                    f"{where}: rule {rule.name!r}: {fault}. Use windows such as OVER (PARTITION BY "
                    "product_id ORDER BY known_at, _id ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING)."
                )


def make_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table of what rules change."""
    connection.execute(
        f"CREATE TABLE {CHANGES} (_table VARCHAR, _id BIGINT, _file VARCHAR, _line BIGINT, "
        "column_name VARCHAR, rule VARCHAR, kind VARCHAR, before VARCHAR, after VARCHAR)"
    )


def apply_rules(work: Work, table: str, rules: tuple[Rule, ...]) -> list[RuleCount]:
    """Apply the mapping's rules and then the general ones to a staged table, in their order."""
    counts = []
    for origin, group in ((work.mapping.where, work.mapping.rules), ("general", rules)):
        for rule in group:
            if rule.table == table:
                counts.append(_apply(work, rule, origin))
    return counts


def _apply(work: Work, rule: Rule, origin: str) -> RuleCount:
    checked = _count(work, f"SELECT count(*) FROM stage_{rule.table} WHERE {_candidates(rule)}")
    try:
        if rule.quarantine:
            found = changed = _quarantine(work, rule) if checked else 0
            return RuleCount(rule, origin, checked, found, changed, 0, 0)
        values = rule.correct or rule.impute
        before = sum(_empty(work, rule, column) for column in values)
        found, changed = _set_values(work, rule) if checked else (0, 0)
        after = sum(_empty(work, rule, column) for column in values)
    except duckdb.Error as error:
        where = work.mapping.where if origin != "general" else "configs/rules.yaml"
        raise SourceError(
            f"{where}: rule {rule.name!r} can't be computed: "
            f"{masked_error(error)} Correct its expressions."
        ) from error
    return RuleCount(rule, origin, checked, found, changed, before, after)


def _candidates(rule: Rule) -> str:
    """SQL that is true for the rows that a rule looks at."""
    corrects_key = not set(LEDGER[rule.table].key).isdisjoint(rule.correct)
    return "_rule IS NULL" + ("" if corrects_key else " AND NOT _cancels")


def _count(work: Work, query: str) -> int:
    row = first_row(work.connection, query)
    return int(row[0]) if row else 0


def _empty(work: Work, rule: Rule, column: str) -> int:
    return _count(
        work,
        f"SELECT count(*) FROM stage_{rule.table} WHERE {_candidates(rule)} "
        f"AND {identifier(column)} IS NULL",
    )


def _hits(work: Work, rule: Rule, columns: dict[str, str]) -> None:
    """Make `hits`: rows at fault with the values that the rule gives."""
    types = {c.name: SQL_TYPES[c.type] for c in LEDGER[rule.table].columns}
    values = "".join(
        f", CAST(({sql}) AS {types[column]}) AS _new{i}, {identifier(column)} AS _old{i}"
        for i, (column, sql) in enumerate(columns.items())
    )
    work.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE hits AS SELECT * EXCLUDE (_hit) FROM (SELECT _id, _file, "
        f"_line, _unreadable IS NOT NULL AS _lost, coalesce(({rule.when}), false) AS _hit{values} "
        f"FROM stage_{rule.table} WHERE {_candidates(rule)}) WHERE _hit"
    )


def _quarantine(work: Work, rule: Rule) -> int:
    _hits(work, rule, {})
    work.connection.execute(
        f"UPDATE stage_{rule.table} SET _rule = {literal(rule.name)} "
        "WHERE _id IN (SELECT _id FROM hits)"
    )
    return _count(work, "SELECT count(*) FROM hits")


def _set_values(work: Work, rule: Rule) -> tuple[int, int]:
    """Rows found and rows changed. A value that is as it should be is not touched; one that could
    not be read counts as corrected, even to an empty one."""
    columns = rule.correct or rule.impute
    _hits(work, rule, columns)
    touched = []
    for i, column in enumerate(columns):
        name = identifier(column)
        condition = f"_new{i} IS DISTINCT FROM _old{i}"
        condition += f" AND _old{i} IS NULL" if rule.impute else f" OR (_lost AND _old{i} IS NULL)"
        flag = f", imputed = concat_ws(',', imputed, {literal(column)})" if rule.impute else ""
        work.connection.execute(
            f"INSERT INTO {CHANGES} SELECT {literal(rule.table)}, _id, _file, _line, "
            f"{literal(column)}, {literal(rule.name)}, "
            f"{literal('imputed' if rule.impute else 'corrected')}, "
            f"CASE WHEN _lost AND _old{i} IS NULL THEN 'unreadable' "
            f"ELSE CAST(_old{i} AS VARCHAR) END, CAST(_new{i} AS VARCHAR) "
            f"FROM hits WHERE {condition}"
        )
        work.connection.execute(
            f"UPDATE stage_{rule.table} SET {name} = _new{i}{flag} FROM hits "
            f"WHERE stage_{rule.table}._id = hits._id AND ({condition})"
        )
        touched.append(f"({condition})")
    changed = _count(work, f"SELECT count(*) FROM hits WHERE {' OR '.join(touched)}")
    return _count(work, "SELECT count(*) FROM hits"), changed

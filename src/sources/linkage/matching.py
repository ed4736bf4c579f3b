"""Splink on the caller's DuckDB session: blocked pairs in, weighed pairs out."""

import logging
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker

from src.sources.linkage.model import Comparison, LinkageModel

_OTHER_RECORD = "l.record <> r.record AND coalesce(l.kind = r.kind, true)"
_RETAINED = ["record", "known_at"]


def make_linker(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel, table: str
) -> tuple[Linker, DuckDBAPI]:
    """A silent Splink linker over `table`, a table of versions with their block columns."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    database = DuckDBAPI(connection)
    linker = Linker(
        database.register(table), splink_settings(model), log_level=None, validate_settings=False
    )
    return linker, database


def drop_tables(database: DuckDBAPI) -> None:
    """Drop the tables that Splink made on its way."""
    database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]


def splink_settings(model: LinkageModel) -> dict[str, Any]:
    """The model as Splink reads it. Untrained levels get Splink's own starting values."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "version",
        "probability_two_random_records_match": model.prior,
        "blocking_rules_to_generate_predictions": [
            f"l.block_{rule.name} = r.block_{rule.name} AND {_OTHER_RECORD}"
            for rule in model.blocking
        ],
        "comparisons": [_comparison(comparison) for comparison in model.comparisons],
        "retain_matching_columns": True,  # with them come the levels, which are the evidence
        "retain_intermediate_calculation_columns": True,
        "additional_columns_to_retain": _RETAINED,
    }


def same_values(*columns: str) -> str:
    """SQL of a training rule: pairs of records that agree exactly on these columns."""
    return " AND ".join([*(f"l.{column} = r.{column}" for column in columns), _OTHER_RECORD])


def _comparison(comparison: Comparison) -> dict[str, Any]:
    first, *graded = comparison.levels
    levels: list[dict[str, Any]] = [
        {"sql_condition": first.when, "label_for_charts": first.name, "is_null_level": True}
    ]
    for level in graded:
        shares = {"m_probability": level.m, "u_probability": level.u}
        known = {name: share for name, share in shares.items() if share is not None}
        condition = level.when or "ELSE"
        levels.append({"sql_condition": condition, "label_for_charts": level.name, **known})
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def weigh_pairs(connection: duckdb.DuckDBPyConnection, model: LinkageModel) -> None:
    """Make linkage_pairs from linkage_blocked: the pairs of versions at or above the threshold.

    Columns: left_version, right_version, left_record, right_record (the record known first on the
    left of neither: the smaller name is left), known_at, weight, probability, evidence.
    """
    linker, database = make_linker(connection, model, "linkage_blocked")
    pairs = linker.inference.predict(
        threshold_match_weight=model.threshold_weight, warning_mode="never"
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE linkage_pairs AS
        SELECT least(version_l, version_r) AS left_version,
            greatest(version_l, version_r) AS right_version,
            least(record_l, record_r) AS left_record, greatest(record_l, record_r) AS right_record,
            greatest(known_at_l, known_at_r) AS known_at,
            match_weight AS weight, match_probability AS probability,
            {evidence(model)} AS evidence
        FROM {pairs.physical_name} WHERE {_personal(model)} >= {model.personal_weight}
        """
    )
    drop_tables(database)


def _personal(model: LinkageModel) -> str:
    """SQL: the bits of a pair that no household explains. A wife may call from her husband's phone
    and give his account: of what is sometimes shared, the strongest alone counts."""
    never, sometimes = (
        [f"mw_{c.name}" for c in model.comparisons if c.shared == shared]
        for shared in ("never", "sometimes")
    )
    strongest = [f"greatest({', '.join(sometimes)})"] if sometimes else []
    return " + ".join([*never, *strongest]) or "0"


def evidence(model: LinkageModel) -> str:
    """SQL over Splink's pairs: JSON of the key that brought them together and each field's level.

    {"key": "phone", "prior": -14.6, "name": {"level": "same", "weight": 9.3}, …}: fields that one
    side lacks are left out.
    """
    found = [f"'\"key\": \"' || {_key(model)} || '\"'", f"'\"prior\": {model.prior_weight:.2f}'"]
    found += [_field(comparison) for comparison in model.comparisons]
    return "'{' || concat_ws(', ', " + ", ".join(found) + ") || '}'"


def _key(model: LinkageModel) -> str:
    names = " ".join(f"WHEN '{at}' THEN '{rule.name}'" for at, rule in enumerate(model.blocking))
    return f"CASE match_key {names} END"


def _field(comparison: Comparison) -> str:
    graded = comparison.levels[1:]
    cases = " ".join(
        f"WHEN {len(graded) - 1 - at} THEN "
        f'\'"{comparison.name}": {{"level": "{level.name}", "weight": {level.weight:.2f}}}\''
        for at, level in enumerate(graded)
    )
    return f"CASE gamma_{comparison.name} {cases} END"

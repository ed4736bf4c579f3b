"""Which versions are compared with which: those that share a key, up to a largest block.

A key that more versions share than `largest_block` identifies nobody (the shop's own phone, a
placeholder that no rule knows). Its first versions, in the order in which they became known, are
compared, later ones not: so what is compared never depends on what arrives afterwards, and the
work grows in proportion to the records.
"""

import duckdb

from src.sources.linkage.model import LinkageModel


def make_blocks(connection: duckdb.DuckDBPyConnection, model: LinkageModel) -> None:
    """Make linkage_blocked: linkage_versions with a column block_<name> per blocking key.

    Makes identity_blocking(rule, keys, versions, largest, capped_keys, skipped) as well: for each
    rule how many keys and versions it has, its largest block, how many blocks were longer than
    allowed, and how many versions were left out of them.
    """
    keys = ", ".join(f"hash({rule.key}) AS key_{rule.name}" for rule in model.blocking)
    present = ", ".join(f"({rule.key}) IS NOT NULL AS has_{rule.name}" for rule in model.blocking)
    connection.execute(
        f"CREATE OR REPLACE TABLE linkage_keys AS SELECT version, {keys}, {present} "
        "FROM linkage_versions"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE identity_blocking(rule VARCHAR, keys BIGINT, versions BIGINT, "
        "largest BIGINT, capped_keys BIGINT, skipped BIGINT)"
    )
    for rule in model.blocking:
        connection.execute(_ranked_sql(rule.name))
        connection.execute(_counted_sql(rule.name, model.largest_block))
    connection.execute(_blocked_sql(model))
    connection.execute("DROP TABLE linkage_keys")
    for rule in model.blocking:
        connection.execute(f"DROP TABLE linkage_block_{rule.name}")


def _ranked_sql(name: str) -> str:
    return f"""
    CREATE OR REPLACE TABLE linkage_block_{name} AS
    SELECT version, key_{name} AS key,
        row_number() OVER (PARTITION BY key_{name} ORDER BY version) AS place
    FROM linkage_keys WHERE has_{name}
    QUALIFY count(*) OVER (PARTITION BY key_{name}) > 1
    """


def _counted_sql(name: str, largest: int) -> str:
    return f"""
    INSERT INTO identity_blocking
    SELECT '{name}', count(*), coalesce(sum(versions), 0), coalesce(max(versions), 0),
        count(*) FILTER (versions > {largest}),
        coalesce(sum(versions - {largest}) FILTER (versions > {largest}), 0)
    FROM (SELECT max(place) AS versions FROM linkage_block_{name} GROUP BY key)
    """


def _blocked_sql(model: LinkageModel) -> str:
    columns = ", ".join(f"{rule.name}.key AS block_{rule.name}" for rule in model.blocking)
    joins = " ".join(
        f"LEFT JOIN (FROM linkage_block_{rule.name} WHERE place <= {model.largest_block}) "
        f"AS {rule.name} ON {rule.name}.version = versions.version"
        for rule in model.blocking
    )
    return (
        "CREATE OR REPLACE TABLE linkage_blocked AS "
        f"SELECT versions.*, {columns} FROM linkage_versions AS versions {joins}"
    )

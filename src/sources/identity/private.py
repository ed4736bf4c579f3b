"""Privacy at the door: pseudonyms for references, texts without identifiers, and the vault."""

from pathlib import Path

from src.core.schemas import LEDGER
from src.privacy.pseudonym import ACCOUNT, COUNTERPARTY, CUSTOMER, add_pseudonyms
from src.privacy.scrub import scrub
from src.privacy.scrub_json import as_json, may_tell, readable
from src.privacy.vault import DETAILS, write_vault
from src.sources.mapping.private_columns import FREE_TEXT
from src.sources.staging.session import first_row, identifier
from src.sources.staging.work import Work

# Column of the ledger -> namespace and table of pseudonyms.
PSEUDONYMS = {
    "customer_id": (CUSTOMER, "customer_pseudonyms"),
    "account_id": (ACCOUNT, "account_pseudonyms"),
    "counterparty": (COUNTERPARTY, "counterparty_pseudonyms"),
}
# What a change or a rejected row must not show of the ledger's own columns.
HIDDEN = (*PSEUDONYMS, *FREE_TEXT.values())


def make_pseudonyms(work: Work, key: bytes) -> None:
    """Make the tables of PSEUDONYMS (value, pseudonym) of all that the staged tables refer to,
    and what was rejected of customers."""
    for column, (namespace, table) in PSEUDONYMS.items():
        parts = [
            f"SELECT {column} FROM stage_{name} WHERE _rule IS NULL"
            for name, schema in LEDGER.items()
            if column in {c.name for c in schema.columns}
        ]
        if column == "customer_id":
            parts = ["SELECT customer FROM identity_history"]
        if column == "account_id":
            parts.append("SELECT account_id FROM rejected_spans")
        add_pseudonyms(work.connection, key, namespace, " UNION ALL ".join(parts), table)


def scrub_texts(work: Work) -> None:
    """Take identifiers out of the ledger's free texts: what the customer's records had told until
    the row was known, and what looks like an identifier. JSON stays JSON."""
    for table, column in FREE_TEXT.items():
        name = identifier(column)
        work.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE free_texts AS SELECT _id, {readable(name)} AS text, "
            f"json_valid({name}) AS was_json FROM stage_{table} "
            f"WHERE _rule IS NULL AND ({may_tell(name)})"
        )
        if first_row(work.connection, "SELECT 1 FROM free_texts LIMIT 1") is None:
            continue
        scrub(work.connection, "free_texts", "_id", "text", _details_sql(work, table))
        work.connection.execute(
            f"UPDATE stage_{table} SET {name} = CASE WHEN was_json THEN {as_json('f.text')} "
            f"ELSE f.text END FROM free_texts AS f WHERE stage_{table}._id = f._id"
        )


def _details_sql(work: Work, table: str) -> str:
    """What was known of the customer of each row of free_texts when the row became known."""
    number = "theirs.record"
    if work.mapping.identities:  # references are system:number
        number = "substr(theirs.record, strpos(theirs.record, ':') + 1)"
    details = ", ".join(f"v.{detail}" for detail in DETAILS)
    # step by step, from the texts on: left to the engine, instants are compared before keys
    return (
        f"WITH told AS MATERIALIZED (SELECT s._id, s.customer_id AS record, s.known_at "
        f"FROM stage_{table} AS s JOIN free_texts USING (_id)), "
        "dated AS MATERIALIZED (SELECT _id, record, greatest(told.known_at, since.known_at) AS "
        "known FROM told JOIN (SELECT record, min(known_at) AS known_at FROM identity_history "
        "GROUP BY record) AS since USING (record)), "
        "whose AS MATERIALIZED (SELECT _id, known, mine.customer FROM dated "
        f"JOIN identity_history AS mine ON dated.record = mine.record AND {_stood('mine')}), "
        "records AS MATERIALIZED (SELECT _id, known, theirs.record FROM whose "
        "JOIN identity_history AS theirs ON whose.customer = theirs.customer "
        f"AND {_stood('theirs')}) "
        f"SELECT _id AS customer, {number} AS record, {details} FROM records AS theirs "
        "LEFT JOIN identity_versions AS v ON theirs.record = v.record AND v.known_at <= known"
    )


def _stood(version: str) -> str:
    """SQL: the version was the one that stood at `known`."""
    upto = f"{version}.known_until"
    return f"known >= {version}.known_at AND ({upto} IS NULL OR known < {upto})"


def keep_vault(work: Work, folder: Path) -> None:
    """Write who is who into the vault, and nowhere else."""
    details = ", ".join(f"v.{d}" for d in DETAILS)
    customers = PSEUDONYMS["customer_id"][1]
    write_vault(
        folder,
        work.connection,
        {
            "identities": f"SELECT p.pseudonym AS customer_id, v.record, v.system, v.known_at, "
            f"{details} FROM identity_versions AS v JOIN identity_history AS h USING (record) "
            f"JOIN {customers} AS p ON h.customer = p.value WHERE h.known_until IS NULL",
            "cross_reference": "SELECT h.record, p.pseudonym AS customer_id, h.known_at, "
            f"h.known_until FROM identity_history AS h JOIN {customers} AS p "
            "ON h.customer = p.value",
            "links": "SELECT * FROM identity_links",
            "accounts": "SELECT value AS account, pseudonym AS account_id "
            f"FROM {PSEUDONYMS['account_id'][1]}",
        },
    )

"""Who is who over time: which customer each record of a system belongs to, from when until when."""

from src.core.errors import SourceError
from src.privacy.mask import masked_error
from src.privacy.vault import DETAILS
from src.sources.identity.told import tell_versions
from src.sources.linkage.model import LinkageModel
from src.sources.linkage.resolve import resolve
from src.sources.mapping.entries import Identity
from src.sources.staging.arrival import known_at_sql
from src.sources.staging.session import identifier, identifiers, literal
from src.sources.staging.work import Work

_TOLD = ("kind", *DETAILS, "birth_date")


def make_history(work: Work, linkage: LinkageModel) -> None:
    """Make identity_versions, identity_links and identity_history of the mapping's identities.

    Without identities each reference of the staged customers is a customer of its own, known from
    its first row on, and its versions are what the private columns tell. Raises SourceError for an
    expression that can't be computed.
    """
    if work.mapping.identities:
        make_versions(work)
        resolve(work.connection, linkage)
        return
    work.connection.execute(
        f"{_EMPTY_LINKS};"
        "CREATE TABLE identity_history AS SELECT customer_id AS record, customer_id AS customer, "
        "min(known_at) AS known_at, NULL::TIMESTAMP AS known_until FROM stage_customers "
        "WHERE _rule IS NULL GROUP BY customer_id"
    )
    tell_versions(work)


def make_membership(work: Work) -> None:
    """Make membership (reference, customer, known_at, known_until): the history, from the instant
    on at which something about the customer stands in the ledger. A customer of whom no row is
    kept has no members: rows that refer to one are orphans."""
    work.connection.execute(
        "CREATE TABLE membership AS WITH told AS (SELECT customer_id AS record, min(known_at) AS "
        "since FROM stage_customers WHERE _rule IS NULL GROUP BY customer_id), "
        "begun AS (SELECT customer, min(greatest(h.known_at, told.since)) AS since "
        "FROM identity_history AS h JOIN told USING (record) "
        "WHERE h.known_until IS NULL OR h.known_until > told.since GROUP BY customer) "
        "SELECT h.record AS reference, customer, greatest(h.known_at, begun.since) AS known_at, "
        "h.known_until FROM identity_history AS h JOIN begun USING (customer) "
        "WHERE h.known_until IS NULL OR h.known_until > begun.since"
    )


def make_versions(work: Work) -> None:
    """identity_versions: what each record told about itself, and since when it tells otherwise.
    A copy of an earlier row, of a doubled delivery, tells nothing.

    Makes identity_accounts (record, account, known_at) as well: whose the accounts are, as a record
    or a file of accounts says, and since when that is known."""
    parts, accounts = [], [_NO_ACCOUNTS]
    for number, identity in enumerate(work.mapping.identities):
        query = _identity_sql(work, number, identity)
        try:
            work.connection.execute(f"DESCRIBE {query}").fetchall()
        except Exception as error:
            raise SourceError(
                f"{work.mapping.where}: identities[{number}] can't be computed: "
                f"{masked_error(error)} Correct its expressions."
            ) from error
        if identity.kind is not None:
            parts.append(query)
        if identity.account is not None:
            accounts.append(f"SELECT record, account, known_at FROM ({query})")
    told = identifiers(_TOLD)
    work.connection.execute(
        f"CREATE TABLE identity_versions AS WITH said AS ({' UNION ALL '.join(parts)}), "
        "fresh AS (SELECT * FROM said WHERE record IS NOT NULL AND known_at IS NOT NULL QUALIFY "
        f"row_number() OVER (PARTITION BY record, _declared, {told} ORDER BY _number, _row) = 1), "
        "last AS (SELECT * FROM fresh QUALIFY row_number() OVER (PARTITION BY record, known_at "
        "ORDER BY _number DESC, _row DESC) = 1) "
        f"SELECT record, system, known_at, {told} FROM last QUALIFY row({told}) IS DISTINCT FROM "
        f"lag(row({told})) OVER (PARTITION BY record ORDER BY known_at) "
        "ORDER BY record, known_at"
    )
    work.connection.execute(
        "CREATE TABLE identity_accounts AS SELECT record, account, min(known_at) AS known_at "
        f"FROM ({' UNION ALL '.join(accounts)}) WHERE record IS NOT NULL AND account IS NOT NULL "
        "AND known_at IS NOT NULL GROUP BY record, account"
    )


def _identity_sql(work: Work, number: int, identity: Identity) -> str:
    declared = f"CAST(({identity.known_at}) AS TIMESTAMP)"
    known_at, stamps = known_at_sql(work, identity.file, declared)
    told = ", ".join(
        f"CAST(({getattr(identity, name) or 'NULL'}) AS "
        f"{'TIMESTAMP' if name == 'birth_date' else 'VARCHAR'}) AS {name}"
        for name in (*_TOLD, "account")
    )
    return (
        f"SELECT {number} AS _number, _row, {literal(identity.system + ':')} || "
        f"CAST({identifier(identity.id)} AS VARCHAR) AS record, {literal(identity.system)} AS "
        f"system, {declared} AS _declared, {known_at} AS known_at, {told} "
        f"FROM {identifier(identity.file)} AS _main{stamps}"
    )


_NO_ACCOUNTS = (
    "SELECT NULL::VARCHAR AS record, NULL::VARCHAR AS account, NULL::TIMESTAMP AS known_at"
)
_EMPTY_LINKS = (
    "CREATE TABLE identity_links (left_record VARCHAR, right_record VARCHAR, probability DOUBLE, "
    "weight DOUBLE, evidence VARCHAR, known_at TIMESTAMP)"
)

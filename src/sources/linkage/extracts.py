"""The customer records of raw extracts, for training and benchmarks outside of integration."""

from pathlib import Path

import duckdb

from src.core.params import IntegrateParams
from src.sources.identity.identities import make_versions
from src.sources.mapping.mapping import SourceMapping
from src.sources.reading.read import read_file
from src.sources.staging.session import open_no_more_files
from src.sources.staging.work import Work


def read_identities(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    raw: Path,
    params: IntegrateParams,
) -> None:
    """Make identity_versions of the mapping's identities.

    Raises SourceError for what integration would not read either.
    """
    work = Work(connection, mapping, raw, params)
    for name in dict.fromkeys(identity.file for identity in mapping.identities):
        work.deliveries[name] = read_file(connection, mapping, name, raw, params)
    delivered = [raw / each.file for some in work.deliveries.values() for each in some]
    open_no_more_files(connection, but=delivered)
    make_versions(work)

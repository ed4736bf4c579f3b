"""Estimate m, u and the prior by Splink, from records of which nobody says who is who.

u comes from random pairs of strangers, m from expectation maximisation (Dempster, Laird and
Rubin, 1977) over pairs that agree on some fields, which teach the others. The outcome is
configuration: it is written to configs/linkage.yaml, read by people, and used unchanged from then
on. Fields that no two training records have keep the m and u that stand there.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import yaml
from splink import Linker

from src.core.errors import SourceError
from src.core.files import replacing_file
from src.core.params import IntegrateParams
from src.sources.linkage.blocking import make_blocks
from src.sources.linkage.extracts import read_identities
from src.sources.linkage.matching import drop_tables, make_linker, same_values
from src.sources.linkage.model import Comparison, LinkageModel, load_linkage
from src.sources.linkage.normalise import normalise
from src.sources.mapping.mapping import SourceMapping
from src.sources.staging.session import work_session

RANDOM_PAIRS = 2_000_000
# not phone or address: a household shares both, and its members would be taken for one person
TEACHERS = (("id_number",), ("name_letters", "birth_date"), ("name_letters", "phone"))
CERTAIN = (("id_number",), ("name_letters", "phone"), ("name_letters", "birth_date"))
CERTAIN_RECALL = 0.97  # share of the matching pairs that one of CERTAIN finds
LEAST_M = 5e-4  # a level that no pair reached is rare, not impossible

_HEADER = """\
# Which records are one customer: blocking keys, comparisons, what agreement is worth.
# m, u and the prior are estimated by `kehu source train-linkage`; everything else is
# written by hand and kept by it. The reading of each key stands in src/sources/linkage/model.py.
"""

# two different valid identity numbers are two persons: one version of each is a set of strangers
_STRANGERS = """
CREATE OR REPLACE TABLE linkage_strangers AS
FROM linkage_blocked WHERE id_valid
QUALIFY row_number() OVER (PARTITION BY id_number ORDER BY hash(version)) = 1
"""

Shares = dict[str, list[float | None]]


def retrain(
    path: Path,
    mapping: SourceMapping,
    raw: Path,
    trained_on: str,
    seed: int,
    params: IntegrateParams,
) -> LinkageModel:
    """Train the model at `path` on the customer records of the extracts in `raw`, write it there
    and return it. Raises SourceError if the mapping declares no identities."""
    if not mapping.identities:
        raise SourceError(
            f"{mapping.where}: no identities, so there is nothing to train on. "
            "Declare under `identities` which files hold customer records of which system."
        )
    model = load_linkage(path)
    with work_session(params) as connection:
        read_identities(connection, mapping, raw, params)
        trained = train(connection, model, trained_on, seed)
    write_linkage(path, trained)
    return trained


def train(
    connection: duckdb.DuckDBPyConnection, model: LinkageModel, trained_on: str, seed: int
) -> LinkageModel:
    """The model with m, u and prior estimated on the tables identity_versions and identity_accounts
    of the session."""
    normalise(connection)
    make_blocks(connection, model)
    connection.execute(_STRANGERS)
    untrained = _untrained(model)
    anybody = _session(connection, untrained, "linkage_blocked", _random_pairs(seed))
    strangers = _session(connection, untrained, "linkage_strangers", _random_pairs(seed))
    u = _found(strangers, "u_probability") | {"id_number": _of_strangers(anybody, "id_number")}
    least = {comparison.name: comparison.least_u for comparison in model.comparisons}
    u = {name: _floored(shares, least[name]) for name, shares in u.items()}
    taught = _session(connection, _with_shares(untrained, {}, u), "linkage_blocked", _teach)
    m = {
        name: _floored(shares, LEAST_M) for name, shares in _found(taught, "m_probability").items()
    }
    for table in ("strangers", "blocked", "versions"):
        connection.execute(f"DROP TABLE linkage_{table}")
    content = _with_shares(model, m, u).model_dump() | {
        "trained_on": trained_on,
        "prior": _rounded(taught["probability_two_random_records_match"]),
    }
    return LinkageModel.model_validate(content)


def _session(
    connection: duckdb.DuckDBPyConnection,
    model: LinkageModel,
    table: str,
    estimate: Callable[[Linker], None],
) -> dict[str, Any]:
    """What Splink estimates on a table, as the model that it would save."""
    linker, database = make_linker(connection, model, table)
    estimate(linker)
    found: dict[str, Any] = linker.misc.save_model_to_json()
    drop_tables(database)
    return found


def _random_pairs(seed: int) -> Callable[[Linker], None]:
    return lambda linker: linker.training.estimate_u_using_random_sampling(
        max_pairs=RANDOM_PAIRS, seed=seed, min_count_per_level=None, num_chunks=1
    )


def _teach(linker: Linker) -> None:
    linker.training.estimate_probability_two_random_records_match(
        [same_values(*columns) for columns in CERTAIN], recall=CERTAIN_RECALL
    )
    for columns in TEACHERS:
        linker.training.estimate_parameters_using_expectation_maximisation(same_values(*columns))


def _found(session: dict[str, Any], kind: str) -> Shares:
    """Estimated shares by comparison, in the order of its levels; None where no pair was seen."""
    return {
        entry["output_column_name"]: [
            level.get(kind) for level in entry["comparison_levels"] if "is_null_level" not in level
        ]
        for entry in session["comparisons"]
    }


def _of_strangers(anybody: dict[str, Any], name: str) -> list[float | None]:
    """The u of a field that strangers never share: pairs that do are one person, and left out."""
    return [None, *_found(anybody, "u_probability")[name][1:]]


def _floored(found: list[float | None], least: float) -> list[float | None]:
    """Shares that sum to one, none of them below `least`; None if nothing at all was seen."""
    if not any(found):
        return [None] * len(found)
    raised = [max(share or 0.0, least) for share in found]
    return [_rounded(share / sum(raised)) for share in raised]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _with_shares(model: LinkageModel, m: Shares, u: Shares) -> LinkageModel:
    """The model with these shares; a comparison without any keeps what stands in it."""
    comparisons = [
        _graded(comparison, m.get(comparison.name), u.get(comparison.name))
        for comparison in model.comparisons
    ]
    return model.model_copy(update={"comparisons": tuple(comparisons)})


def _graded(
    comparison: Comparison, m: list[float | None] | None, u: list[float | None] | None
) -> Comparison:
    first, *graded = comparison.levels
    if u is None or not any(u):
        return comparison
    levels = [
        level.model_copy(update={"m": m[at] if m else None, "u": u[at]})
        for at, level in enumerate(graded)
    ]
    return comparison.model_copy(update={"levels": (first, *levels)})


def _untrained(model: LinkageModel) -> LinkageModel:
    """The model without m and u, so that nothing of an earlier training is left."""
    nothing = {"m": None, "u": None}
    comparisons = [
        comparison.model_copy(
            update={
                "levels": tuple(level.model_copy(update=nothing) for level in comparison.levels)
            }
        )
        for comparison in model.comparisons
    ]
    return model.model_copy(update={"comparisons": tuple(comparisons)})


def write_linkage(path: Path, model: LinkageModel) -> None:
    """Write the model as YAML that people read and `load_linkage` takes back unchanged."""
    content = model.model_dump(exclude_none=True, mode="json")
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    with replacing_file(path) as aside:
        aside.write_text(_HEADER + text, encoding="utf-8")

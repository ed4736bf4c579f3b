"""What stands behind the endpoint: the models and the store, answering checked requests."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from src.core.engine import EngineParams, connect
from src.core.errors import KehuError, RequestError
from src.core.ledger import ledger_in_memory
from src.features.build import build_features
from src.features.spec import FeatureSpec
from src.models.bundle import Bundle, load_bundle
from src.models.releases.release import Release
from src.serving.answers import task_explanation, task_score
from src.serving.checks import as_of as instant
from src.serving.faults import BadRequestError, bad_request, shown
from src.serving.inline import inline_ledger
from src.serving.requests import Customer, ExplainRequest, ScoreRequest
from src.serving.responses import Explained, ExplainResponse, Origin, Scored, ScoreResponse
from src.serving.scoring import TaskScores, score_batch, scores_table
from src.serving.store import FOLDER, Store, latest_rows, open_store

__all__ = ["Scorer", "latest_rows", "open_scorer", "score_batch", "scores_table"]

_DECLARED = "questionnaire_level"
_ENGINE = EngineParams(memory_limit="512MB", threads=1)


@dataclass(frozen=True)
class Rows:
    """Feature rows in the order of the request's customers, and where each came from."""

    features: pd.DataFrame
    origins: Sequence[Origin]


@dataclass(frozen=True)
class Scorer:
    """Answers requests; safe to use from several threads. A thread gets a DuckDB session of its own
    when a request's features can't be computed in memory.

    unsupported: the tasks that the source can't serve, with the reason.
    """

    bundles: Mapping[str, Bundle]
    unsupported: Mapping[str, str]
    store: Store
    base_currency: str
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @cached_property
    def spec(self) -> FeatureSpec:
        """Every feature that a served model needs, each once."""
        bundles = self.bundles.values()
        specs = [b.spec for b in bundles] + [b.assets.spec for b in bundles if b.assets]
        features = {f.name: f for spec in specs for f in spec.features}
        needed = {f.name: f for spec in specs for f in spec.supporting if f.name not in features}
        return FeatureSpec(features.values(), needed.values())

    def score(self, request: ScoreRequest) -> ScoreResponse:
        """Class, probabilities and reasons for each customer and task. Raises BadRequestError."""
        rows, scores = self._scored(request, request.reasons)
        customers = [
            Scored(
                **_identity(customer, rows, place),
                **_declared(rows, place),
                scores={
                    task: task_score(s, place, request.language, request.reasons)
                    for task, s in scores.items()
                },
            )
            for place, customer in enumerate(request.customers)
        ]
        return ScoreResponse(customers=customers, unsupported=dict(self.unsupported))

    def explain(self, request: ExplainRequest) -> ExplainResponse:
        """All contributions for each customer and task. Raises BadRequestError."""
        rows, scores = self._scored(request, reasons=0)
        names = self.spec.names
        matrix = rows.features[list(names)].to_numpy(dtype=np.float64)
        values = [dict(zip(names, row.tolist(), strict=True)) for row in matrix]
        customers = [
            Explained(
                **_identity(customer, rows, place),
                explanations={
                    task: task_explanation(s, place, values[place], request.language)
                    for task, s in scores.items()
                },
            )
            for place, customer in enumerate(request.customers)
        ]
        return ExplainResponse(customers=customers, unsupported=dict(self.unsupported))

    def warm_up(self) -> None:
        """Answer one made-up inline customer, so that the first caller doesn't wait."""
        as_of = datetime(2024, 1, 1)
        movement = {"occurred_at": "2023-12-01", "kind": "deposit", "amount": 1}
        customer = Customer.model_validate({"as_of": f"{as_of}", "transactions": [movement]})
        self.score(ScoreRequest(customers=[customer]))

    def _scored(
        self, request: ExplainRequest, reasons: int
    ) -> tuple[Rows, Mapping[str, TaskScores]]:
        bundles = self._bundles(request.tasks)
        rows = self._rows(request)
        return rows, score_batch(rows.features, bundles, reasons, self.base_currency)

    def _bundles(self, tasks: Sequence[str] | None) -> Mapping[str, Bundle]:
        faults = [
            RequestError(
                f"tasks[{place}]",
                shown(task),
                f"a task that this source supports: {', '.join(self.bundles)}",
                hint=self.unsupported.get(task, ""),
            )
            for place, task in enumerate(tasks or [])
            if task not in self.bundles
        ]
        if faults:
            raise BadRequestError(faults)
        return {task: self.bundles[task] for task in tasks or self.bundles}

    def _rows(self, request: ExplainRequest) -> Rows:
        inline = [place for place, c in enumerate(request.customers) if c.inline]
        known = [place for place, c in enumerate(request.customers) if not c.inline]
        parts = [self._known_rows(request, known)] if known else []
        parts += [self._inline_rows(request, inline)] if inline else []
        order = np.argsort([*known, *inline])
        origins: list[Origin] = ["inline" if c.inline else "known" for c in request.customers]
        return Rows(pd.concat(parts, ignore_index=True).iloc[order], origins)

    def _known_rows(self, request: ExplainRequest, places: Sequence[int]) -> pd.DataFrame:
        faults = [fault for place in places for fault in self._known_faults(request, place)]
        if faults:
            raise BadRequestError(_each_field_once(faults))
        names = [request.customers[place].customer_id or "" for place in places]
        rows = self.store.features.iloc[[self.store.positions[name] for name in names]]
        return rows[["customer_id", "as_of", *self.spec.names]]

    def _known_faults(self, request: ExplainRequest, place: int) -> list[RequestError]:
        customer = request.customers[place]
        name, as_of = customer.customer_id or "", instant(request, customer)
        where = f"customers[{place}].customer_id"
        if name in self.store.without_history:
            expected = "a customer with any movement or balance before the last snapshot"
            return [RequestError(where, shown(name), expected, hint="Send its history inline.")]
        if name not in self.store.positions:
            expected = "a customer known to the pipeline"
            hint = "To score anyone else, send the history inline."
            return [RequestError(where, shown(name), expected, 404, hint)]
        served = self.store.features["as_of"].iloc[self.store.positions[name]].to_pydatetime()
        if as_of is not None and as_of != served:
            expected = f"{served.isoformat()}, the snapshot that is served, or no as_of"
            asked = "as_of" if customer.as_of is None else f"customers[{place}].as_of"
            hint = f"It is the instant asked for of {where}, who is known to the pipeline."
            return [RequestError(asked, as_of.isoformat(), expected, hint=hint)]
        return []

    def _inline_rows(self, request: ExplainRequest, places: Sequence[int]) -> pd.DataFrame:
        inline = inline_ledger(request, places, self.store, self.base_currency)
        try:
            ledger = ledger_in_memory(inline.tables, self._session)
            features: pd.DataFrame = build_features(ledger, inline.spine, self.spec)
        except (duckdb.OutOfRangeException, duckdb.ConversionException):
            raise bad_request(
                "customers", "amounts, quantities or prices of a size", "sums within 64 bits"
            ) from None
        return features.sort_values("customer_id", ignore_index=True)  # the spine's own order

    def _session(self) -> Backend:
        """The DuckDB session of the thread that asks, made at its first use."""
        if not hasattr(self._local, "backend"):
            self._local.backend = connect(_ENGINE)
        backend: Backend = self._local.backend
        return backend


def open_scorer(release: Release) -> Scorer:
    """The scorer of a release, whose files were verified. Raises KehuError if a model in it is not
    the one that its manifest names."""
    bundles = {task: load_bundle(release.bundle(task)) for task in sorted(release.tasks)}
    for task, bundle in bundles.items():
        expected = release.tasks[task]["version"]
        if bundle.version != expected:
            raise KehuError(
                f"{release.bundle(task)}: found version {bundle.version}, expected {expected} of "
                "the manifest. Run `kehu promote` to publish the release anew."
            )
    manifest = release.manifest
    return Scorer(
        bundles,
        manifest["unsupported"],
        open_store(release.folder / FOLDER),
        manifest["base_currency"],
    )


def _each_field_once(faults: Sequence[RequestError]) -> list[RequestError]:
    """The first fault of each field: all known customers may share the request's as_of."""
    first: dict[str, RequestError] = {}
    for fault in faults:
        first.setdefault(fault.field, fault)
    return list(first.values())


def _identity(customer: Customer, rows: Rows, place: int) -> dict[str, Any]:
    return {
        "customer_id": customer.customer_id,
        "origin": rows.origins[place],
        "as_of": rows.features["as_of"].iloc[place].to_pydatetime().replace(tzinfo=UTC),
    }


def _declared(rows: Rows, place: int) -> dict[str, int | None]:
    """The declared level, where the served features hold it."""
    if _DECLARED not in rows.features:
        return {}
    level = rows.features[_DECLARED].iloc[place]
    return {"declared_risk_level": None if np.isnan(level) else int(level)}

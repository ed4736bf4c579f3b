"""FAR-Trans, declared risk level: what was bought before the questionnaire, or ever."""

import json
from datetime import timedelta
from pathlib import Path

import pandas as pd

from src.core.ledger import Ledger, with_hindsight
from src.core.taxonomy import load_taxonomy
from src.features.arrivals import arrivals
from src.features.dictionary import tables
from src.features.spec import FeatureSpec, load_catalogue
from src.features.spine import data_period
from tests.benchmarks.feature_evidence import ROOT, ledger_of
from tests.benchmarks.world.problem import Problem, built, some_customers, stratified

YARDSTICK = 0.335  # shared data's note: an untuned LightGBM, naive features, no guard on time
_BY_LEVEL = {1: 0, 2: 1, 3: 2, 4: 3, 5: 3}


def problems(folder: Path, customers: int, folds: int, seed: int) -> list[Problem]:
    """The same customers and folds twice: with features as of the questionnaire, and as of the end
    of the data, which is what anybody sees who does not ask when a purchase was made."""
    ledger, _ = ledger_of("far_trans", folder, customers)
    taxonomy = load_taxonomy(ROOT / "configs/taxonomy.yaml", "far_trans")
    asked = with_hindsight(ledger)["questionnaires"].execute()
    rows = pd.DataFrame(
        {
            "customer_id": asked["customer_id"].astype("str"),
            "as_of": asked["completed_at"].astype("datetime64[us]"),
            "label": asked["risk_level"].map(_BY_LEVEL).astype("int64"),
        }
    )
    rows.insert(2, "arrival", rows["customer_id"].map(arrivals(ledger)))
    rows = some_customers(rows, customers, seed)
    rows = rows.sort_values("arrival", ignore_index=True)  # so that both are parted alike
    end = data_period(ledger)[1] + timedelta(days=1)
    spec = _without_questionnaires(load_catalogue(ROOT / "configs/features.yaml"))
    found = []
    for name, as_of in (("as of the questionnaire", rows["as_of"]), ("no guard on time", end)):
        own = rows.assign(as_of=pd.Series(as_of, index=rows.index).astype("datetime64[us]"))
        kept = folder / "world" / f"{customers}-{name.replace(' ', '-')}.parquet"
        found.append(
            Problem(
                name=f"FAR-Trans, declared risk, {name}",
                task="risk_appetite",
                classes=taxonomy.classes("risk_appetite"),
                horizon_days=taxonomy.horizon_days("risk_appetite"),
                rows=built(ledger, own, spec, kept),
                spec=spec,
                folds=stratified(own, folds, seed),
                figure="quadratic_kappa",
                published=YARDSTICK if as_of is end else None,
                raw=_naive(ledger, own, guarded=as_of is not end),
                answered=() if as_of is not end else ("capacity",),
            )
        )
    return found


def _without_questionnaires(catalogue: FeatureSpec) -> FeatureSpec:
    """What is not computed from the answer itself."""
    return catalogue.select(
        [f.name for f in catalogue.ordered if "questionnaires" not in tables(f, catalogue)]
    )


def _naive(ledger: Ledger, rows: pd.DataFrame, guarded: bool) -> pd.DataFrame:
    """What one would count first, of purchases before as_of: how many, of what, when. guarded:
    without the capacity that the customer states in the questionnaire itself."""
    buys = ledger["transactions"].select("customer_id", "occurred_at", "product_id").execute()
    products = ledger["products"].execute().drop_duplicates("product_id", keep="last")
    buys = buys.merge(products[["product_id", "asset_class", "sector"]], on="product_id")
    seen = buys.merge(rows[["customer_id", "as_of"]], on="customer_id")
    seen = seen[seen["occurred_at"] < seen["as_of"]]
    day = (seen["occurred_at"] - pd.Timestamp("2018-01-01")).dt.days
    seen = seen.assign(day=day, year=seen["occurred_at"].dt.year.astype(str))
    by = seen.groupby("customer_id")
    parts = [
        by["day"].agg(["count", "min", "max"]),
        by["product_id"].nunique().rename("products"),
        *(
            pd.crosstab(seen["customer_id"], seen[column]).add_prefix(f"{column} ")
            for column in ("asset_class", "sector", "year")
        ),
    ]
    counted = pd.concat(parts, axis=1).reindex(rows["customer_id"]).reset_index(drop=True)
    known = ledger["customers"].execute().drop_duplicates("customer_id", keep="last")
    kind = rows["customer_id"].map(known.set_index("customer_id")["kind"])
    counted = counted.assign(company=(kind == "company") * 1.0)
    if guarded:
        return counted
    asked = ledger["questionnaires"].execute().set_index("customer_id")["answers"]
    capacity = rows["customer_id"].map(asked.map(_capacity, na_action="ignore"))
    # the end state of 2022, which the naive take for a fact of the time
    order = {name: place for place, name in enumerate(sorted(capacity.dropna().unique()))}
    return counted.assign(capacity=capacity.map(order))


def _capacity(answers: str) -> str | None:
    return json.loads(answers).get("investment_capacity")

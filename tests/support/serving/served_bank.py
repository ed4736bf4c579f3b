"""A small bank whose real models are served from a release, and its raw history."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.engine import EngineParams, connect
from src.core.files import read_parquet, write_json, write_parquet
from src.core.ledger import open_ledger
from src.core.schemas import TABLES
from src.core.taxonomy import Wording
from src.features.build import build_features
from src.features.definitions.conditions import Filter
from src.features.definitions.derived import Difference, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.state import BalancePath, Holding, Profile, Questionnaire
from src.features.feature import Feature
from src.features.spec import FeatureSpec
from src.models.boosted import LightGBM
from src.models.bundle import Bundle, save_bundle
from src.models.calibration import Isotonic, Scaling
from src.models.fit import Machine
from src.models.fit_future_assets import fit_future_assets
from src.models.logistic import Logistic, Preparation
from src.models.prediction_sets import PredictionSets
from src.models.releases.pointer import Pointer, move_pointer
from src.models.releases.release import Release, publish, reference_file, seal
from src.serving.scorer import score_batch, scores_table
from src.serving.store import FOLDER, write_store

SOURCE = "test"
AS_OF = datetime(2024, 7, 1)
CUSTOMERS = 60
SILENT = "C-silent"  # known to the bank, without any history
UNRATED = "EQ9"  # in a foreign currency without any rate
CLASSES = {
    "risk_appetite": ("conservative", "balanced", "aggressive"),
    "value_tier": ("mass", "affluent", "private"),
    "churn": ("stays", "churns"),
}
UNSUPPORTED = {"value_tier": "the source has no balances"}
EQUITY = Filter(name="equity", asset_classes=("equity",))
OUT, INTO = (
    Windowed(measure="outflow", how="sum", days=90),
    Windowed(measure="inflow", how="sum", days=90),
)
DEFINITIONS = [
    (OUT, "flows", "money"),
    (INTO, "flows", "money"),
    (Ratio(numerator=OUT.name, denominator=INTO.name), "flows", "ratio"),
    (Difference(left=INTO.name, right=OUT.name), "flows", "money"),
    (Windowed(measure="rows", how="count", days=30), "activity", "count"),
    (Windowed(measure="turnover", how="mean", days=180), "activity", "money"),
    (Recency(), "activity", "days"),
    (Periodic(measure="net", how="std", periods=6), "flows", "money"),
    (BalancePath(how="drawdown", periods=6), "balances", "share"),
    (Holding(how="value"), "holdings", "money"),
    (Holding(how="share", only=EQUITY), "holdings", "share"),
    (Holding(how="grade"), "holdings", "grade"),
    (Holding(how="herfindahl"), "holdings", "ratio"),
    (Profile(field="age_years"), "profile", "years"),
    (Profile(field="tenure_years"), "profile", "years"),
    (Profile(field="is_company"), "profile", "flag"),
    (Questionnaire(how="level"), "declared", "level"),
    (Questionnaire(how="age_days"), "declared", "days"),
    (Windowed(table="interactions", measure="rows", how="count", days=180), "contact", "count"),
    (Windowed(table="interactions", measure="score", how="mean", days=180), "contact", "level"),
]
SPEC = FeatureSpec(
    [
        Feature(
            definition=d,
            group=group,
            unit=unit,
            wording=Wording(zh=f"指标 {d.name}", en=d.name.replace("_", " ")),
        )
        for d, group, unit in DEFINITIONS
    ]
)


def history(rng, customer_id):
    """One customer's raw records, in the API's words."""
    days = np.sort(rng.integers(1, 500, rng.integers(3, 40)))[::-1]
    transactions = []
    for day in days.tolist():
        at = AS_OF - timedelta(days=day, seconds=int(rng.integers(1, 80_000)))
        amount = round(float(rng.lognormal(6, 1.5)), 2)
        kind = str(rng.choice(["deposit", "withdrawal", "purchase", "buy", "sell"]))
        sign = 1 if kind in ("deposit", "sell") else -1
        row = {"occurred_at": at.isoformat(), "kind": kind, "amount": sign * amount}
        row |= {"account_id": "cash", "channel": str(rng.choice(["mobile", "branch"]))}
        if kind in ("buy", "sell"):
            product = str(rng.choice(["EQ1", "EQ2", "BD1"]))
            row |= {"product_id": product, "quantity": -sign * round(amount / 10, 3)}
        transactions.append(row)
    record = {
        "profile": {
            "kind": "person" if rng.random() < 0.9 else "company",
            "birth_date": f"{rng.integers(1940, 2000)}-03-04T00:00:00",
            "joined_on": f"{rng.integers(2005, 2022)}-01-15T00:00:00",
        },
        "transactions": transactions,
        "balances": [
            {
                "account_id": "cash",
                "as_of": (AS_OF - timedelta(days=int(rng.integers(1, 400)))).isoformat(),
                "amount": round(float(rng.lognormal(9, 1)), 2),
            }
        ],
        "questionnaires": [
            {"completed_at": f"202{year}-05-05T10:00:00", "risk_level": int(rng.integers(1, 6))}
            for year in range(1, 4)
            if rng.random() < 0.6
        ],
        "interactions": [
            {
                "occurred_at": f"2024-0{month}-03T00:00:00",
                "kind": "inquiry",
                "score": float(rng.integers(1, 6)),
            }
            for month in range(1, 6)
            if rng.random() < 0.4
        ],
    }
    return {"customer_id": customer_id, **record}


def histories(seed=7):
    rng = np.random.default_rng(seed)
    return [history(rng, f"C{number:04d}") for number in range(CUSTOMERS)]


def ledger_tables(customers):
    """The same history as the integrated ledger has it."""
    event = {
        "transactions": "occurred_at",
        "balances": "as_of",
        "questionnaires": "completed_at",
        "interactions": "occurred_at",
    }
    rows = {name: [] for name in TABLES}
    for customer in customers:
        key = {"customer_id": customer["customer_id"], "source": "test"}
        joined = customer["profile"]["joined_on"]
        rows["customers"].append({**customer["profile"], **key, "known_at": joined})
        for table, stamp in event.items():
            for number, record in enumerate(customer[table]):
                row = {**record, **key, "known_at": record[stamp]}
                if "amount" in row:
                    row["amount_minor"] = round(row.pop("amount") * 100)
                row[f"{table[:-1]}_id"] = f"{customer['customer_id']}-{table}-{number}"
                rows[table].append(row)
    rows["customers"].append(
        {"customer_id": SILENT, "kind": "person", "source": "test", "known_at": "2024-01-01"}
    )
    always = {"date": "1970-01-01", "known_at": "1970-01-01"}
    rows["fx_rates"].append({"currency": "CNY", "rate": 1.0, "source": "test", **always})
    market = {"source": "test", "known_at": "2020-01-01"}
    for product, asset_class, grade, currency in (
        ("EQ1", "equity", 5, "CNY"),
        ("EQ2", "equity", 4, "CNY"),
        ("BD1", "bond", 2, "CNY"),
        (UNRATED, "equity", 5, "JPY"),
    ):
        product_row = {"asset_class": asset_class, "risk_grade": grade, "currency": currency}
        rows["products"].append({"product_id": product, **product_row, **market})
        for month in range(1, 19):
            date = f"{2023 + (month - 1) // 12}-{(month - 1) % 12 + 1:02d}-01"
            price = {"product_id": product, "date": date, "close": 10 + month * grade / 10}
            rows["prices"].append({**price, "source": "test", "known_at": date})
    return {name: _table(name, entries) for name, entries in rows.items()}


def _table(name, entries):
    columns = {}
    for field in TABLES[name].arrow:
        values = [entry.get(field.name) for entry in entries]
        if pa.types.is_timestamp(field.type):
            values = [value and datetime.fromisoformat(value) for value in values]
        columns[field.name] = pa.array(values, field.type)
    return pa.table(columns, schema=TABLES[name].arrow)


def risk_model(features, rng):
    labels = rng.integers(0, 3, len(features))
    labels[features["questionnaire_level"] >= 4] = 2
    params = {"objective": "multiclass", "num_class": 3, "num_leaves": 6, "min_data_in_leaf": 5}
    params |= {"verbose": -1, "num_threads": 1, "deterministic": True, "seed": 0}
    data = lgb.Dataset(features[list(SPEC.names)], labels)
    text = lgb.train(params, data, 15).model_to_string()
    bundle = _bundle("risk_appetite", LightGBM(text), Scaling((0.9,) * 3, (0.0, 0.1, -0.1)))
    sets = PredictionSets(0.9, (0.75, 0.75, 0.75))
    # no tier is served here: its expected assets stand beside this task
    return replace(bundle, sets=sets, assets=expected_assets(features, rng))


def expected_assets(features, rng):
    held = features["holding_value"].fillna(0.0).to_numpy()
    return fit_future_assets(
        features[list(SPEC.names)].to_numpy(dtype=np.float64),
        held * rng.lognormal(0, 0.3, len(held)),
        SPEC,
        np.arange(len(held)) % 2,
        0.9,
        Machine(seed=1, threads=1, max_rounds=10, early_stopping_rounds=5),
    )[0]


def churn_model(features, rng):
    f = len(SPEC)
    values = features[list(SPEC.names)]
    preparation = Preparation(
        logged=np.array([unit == "money" for _, _, unit in DEFINITIONS]),
        lower=np.full(f, -1e9),
        upper=np.full(f, 1e9),
        fill=np.zeros(f),
        centre=np.zeros(f),
        scale=values.std().fillna(1.0).replace(0.0, 1.0).to_numpy(),
    )
    model = Logistic(
        SPEC.names,
        preparation,
        rng.normal(size=(1, f)) / 3,
        rng.normal(size=(1, f)) / 3,
        np.full(f, 0.05),
        np.array([-0.5]),
    )
    bundle = _bundle("churn", model, Isotonic((-3.0, 0.0, 0.5, 3.0), (0.05, 0.3, 0.5, 0.9)))
    return replace(bundle, costs=((0.0, 1.0), (5.0, 0.0)))


def _bundle(task, predictor, calibration):
    words = {name: Wording(zh=f"类 {name}", en=name.title()) for name in CLASSES[task]}
    return Bundle(task, CLASSES[task], words, SPEC, predictor, calibration, card={})


@dataclass(frozen=True)
class ServedBank:
    """data: the folder of the sources' outputs. features: of all snapshots. bundles: by task."""

    data: Path
    ledger: Path
    features: pd.DataFrame
    bundles: dict[str, Bundle]
    release: Release


def serve_bank(folder: Path) -> ServedBank:
    """Serve the bank from a release in folder/data/test, made as the pipeline makes them."""
    data, ledger = folder / "data", folder / "ledger"
    for name, table in ledger_tables(histories()).items():
        write_parquet(ledger / f"{name}.parquet", table)
    customers = [customer["customer_id"] for customer in histories()]
    spine = pd.DataFrame(
        [(name, as_of) for as_of in (datetime(2024, 6, 1), AS_OF) for name in customers],
        columns=["customer_id", "as_of"],
    )
    features = build_features(open_ledger(ledger, connect(EngineParams(threads=1))), spine, SPEC)
    rng = np.random.default_rng(3)
    bundles = {"risk_appetite": risk_model(features, rng), "churn": churn_model(features, rng)}
    built = data / SOURCE / "releases" / "built"
    write_store(ledger, features, built / FOLDER)
    return ServedBank(data, ledger, features, bundles, serve_built(built, bundles))


def serve_built(built: Path, bundles: dict[str, Bundle], **facts: object) -> Release:
    """Seal the folder with its models, publish it and move the pointer to it. facts: of the
    manifest, in the place of the true ones."""
    for task, bundle in bundles.items():
        save_bundle(bundle, built / task)
        write_json(reference_file(built, task), {"rows": 2 * CUSTOMERS})
    rows = read_parquet(built / FOLDER / "features.parquet")
    write_parquet(
        built / "scores/scores.parquet", scores_table(rows, score_batch(rows, bundles, 3))
    )
    tasks = {task: {"version": bundle.version} for task, bundle in bundles.items()}
    told = {"source": SOURCE, "base_currency": "CNY", "tasks": tasks, "unsupported": UNSUPPORTED}
    seal(built, told | facts)
    release = publish(built, built.parent)
    pointer = Pointer(release.digest, "2026-01-01T00:00:00+00:00", "")
    move_pointer(built.parents[1] / "served.json", pointer)
    return release

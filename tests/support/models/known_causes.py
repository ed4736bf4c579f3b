"""Small worlds in which the true cause of each class is known, and real models of them."""

from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.core.taxonomy import Wording
from src.features.definitions.conditions import Filter
from src.features.definitions.events import Recency, Windowed
from src.features.definitions.state import Holding, Profile
from src.features.feature import Feature
from src.features.spec import FeatureSpec
from src.models.boosted import LightGBM
from src.models.bundle import Bundle
from src.models.calibrate import as_they_are
from src.models.calibration import identity
from src.models.evaluate import evaluate
from src.models.fit import Machine, Recipe, Table, fit_all
from src.models.logistic import Logistic, Preparation
from src.models.ordered_calibration import CutPoints
from src.models.rule import BaseRate, Rule
from src.reports.model.facts import ReportFacts
from src.reports.texts import load_texts

WORDINGS_FILE = Path(__file__).parents[3] / "configs" / "wordings.yaml"
CARD = {
    "split": {
        "development_rows": 800,
        "test_rows": 1200,
        "last_development": "2024-10-01T00:00:00",
        "first_test": "2025-01-01T00:00:00",
        "last_test": "2025-03-01T00:00:00",
        "horizon_days": 90,
    },
    "growth": {"learning_rate": 0.06, "num_leaves": 8},
    "rounds": 30,
    "provenance": {"data": {"features": "f" * 32}},
    "rows": {"development": 800, "search": 500, "calibration": 800, "fit": 800},
}
INTEGRATION = {
    "source": "simulated",
    "base_currency": "CNY",
    "data_end": "2025-07-01T00:00:00",
    "rows": [
        {
            "file": "crm.csv",
            "table": "customers",
            "rows_in": 1000,
            "rows_out": 990,
            "rejected": {"duplicate": 7, "bad date": 3},
        },
        {
            "file": "core.csv",
            "table": "transactions",
            "rows_in": 50000,
            "rows_out": 50000,
            "rejected": {},
        },
    ],
}

CLASSES = {
    "churn": ("stays", "churns"),
    "risk_appetite": ("conservative", "balanced", "aggressive"),
}
WORDINGS = {
    "stays": Wording(zh="留存", en="Stays"),
    "churns": Wording(zh="流失", en="Churns"),
    "conservative": Wording(zh="保守型", en="Conservative"),
    "balanced": Wording(zh="稳健型", en="Balanced"),
    "aggressive": Wording(zh="进取型", en="Aggressive"),
}


def feature(definition, group, unit, zh, en, **more):
    return Feature(
        definition=definition, group=group, unit=unit, wording=Wording(zh=zh, en=en), **more
    )


EQUITY = Filter(name="equity", asset_classes=("equity",))
SPEC = FeatureSpec(
    [
        feature(
            Windowed(measure="outflow", how="sum", days=90),
            "flows",
            "money",
            "近90天流出",
            "Money out, 90 days",
            direction={"churn": 1},
        ),
        feature(
            Windowed(measure="outflow", how="sum", days=30),
            "flows",
            "money",
            "近30天流出",
            "Money out, 30 days",
            direction={"churn": 1},
        ),
        feature(
            Recency(),
            "activity",
            "days",
            "距上次交易天数",
            "Days since the last movement",
            direction={"churn": 1},
        ),
        feature(
            Holding(how="share", only=EQUITY),
            "holdings",
            "share",
            "股票占比",
            "Share of equity",
            direction={"risk_appetite": 1},
        ),
        feature(
            Windowed(measure="rows", how="count", days=90), "activity", "count", "笔数", "Count"
        ),
        feature(Profile(field="age_years"), "profile", "years", "年龄", "Age", sensitive=True),
        feature(Profile(field="dependants"), "profile", "count", "受抚养人数", "Dependants"),
    ]
)
OUT_90, OUT_30, RECENCY, EQUITY_SHARE, COUNT, AGE, DEPENDANTS = SPEC.names


def customers(rows=800, seed=0):
    """(rows, 7) features: money out and days since the last movement are the causes of churn, the
    share of equity of risk appetite, age of both; 30-day money out nearly repeats 90-day."""
    rng = np.random.default_rng(seed)
    out = rng.lognormal(10, 1, rows)
    X = pd.DataFrame(
        {
            OUT_90: out,
            OUT_30: out * rng.uniform(0.3, 0.35, rows),
            RECENCY: rng.exponential(30, rows),
            EQUITY_SHARE: rng.uniform(0, 1, rows),
            COUNT: rng.poisson(20, rows).astype(float),
            AGE: rng.uniform(20, 80, rows),
            DEPENDANTS: rng.integers(0, 4, rows).astype(float),
        }
    )
    return X.mask(pd.DataFrame(rng.random(X.shape) < 0.05, columns=X.columns))


def outcomes(X, task, seed=1):
    rng = np.random.default_rng(seed)
    known = X[list(SPEC.names)]
    known = known.fillna(known.median())
    if task == "churn":
        z = 1.5 * (np.log(known[OUT_90]) - 10) + (known[RECENCY] - 30) / 20 + (known[AGE] - 50) / 30
        return (z + rng.logistic(size=len(X)) > 1).to_numpy().astype(np.int64)
    z = 6 * (known[EQUITY_SHARE] - 0.5) - (known[AGE] - 50) / 30 + 0.5 * rng.normal(size=len(X))
    return np.digitize(z, [-1, 1]).astype(np.int64)


def boosted(X, task, rounds=30):
    labels = outcomes(X, task)
    k = len(CLASSES[task])
    params = {
        "objective": "binary" if k == 2 else "multiclass",
        "num_leaves": 8,
        "min_data_in_leaf": 10,
        "verbose": -1,
        "num_threads": 1,
        "deterministic": True,
        "seed": 0,
        **({} if k == 2 else {"num_class": k}),
    }
    booster = lgb.train(params, lgb.Dataset(X, labels), rounds)
    return bundle(LightGBM(booster.model_to_string(), threads=1), task)


def ordered_risk(X, form, rounds=20):
    """A model of risk appetite that keeps the classes' order."""
    table = Table(
        X[list(SPEC.names)].to_numpy(np.float64), outcomes(X, "risk_appetite"), SPEC.names, 3
    )
    recipe = Recipe({"num_leaves": 8, "min_data_in_leaf": 10}, None, form)
    machine = Machine(0, 1, rounds, rounds)
    model = fit_all(table, recipe, machine, rounds)
    calibration = CutPoints(1.0, (-1.0, 1.0)) if form == "latent" else as_they_are(2)
    return bundle(model, "risk_appetite", calibration=calibration)


def logistic(task, seed=3):
    rng = np.random.default_rng(seed)
    f, m = len(SPEC), 1 if len(CLASSES[task]) == 2 else len(CLASSES[task])
    preparation = Preparation(
        logged=np.array([True, True, False, False, False, False, False]),
        lower=np.full(f, -1e9),
        upper=np.full(f, 1e9),
        fill=np.ones(f),
        centre=np.zeros(f),
        scale=np.full(f, 10.0),
    )
    model = Logistic(
        SPEC.names,
        preparation,
        rng.normal(size=(m, f)),
        rng.normal(size=(m, f)),
        np.full(f, 0.05),
        rng.normal(size=m),
    )
    return bundle(model, task)


def rule(task):
    m = 1 if len(CLASSES[task]) == 2 else len(CLASSES[task])
    levels = tuple(tuple(float(i - j) for j in range(m)) for i in range(4))
    return bundle(Rule(SPEC.names, RECENCY, (10.0, 40.0), levels, (0.5,) * m), task)


def base_rate(task):
    m = 1 if len(CLASSES[task]) == 2 else len(CLASSES[task])
    return bundle(BaseRate(SPEC.names, tuple(-float(i) for i in range(m))), task)


def bundle(predictor, task, card=None, calibration=None):
    return Bundle(
        task=task,
        classes=CLASSES[task],
        wordings={name: WORDINGS[name] for name in CLASSES[task]},
        spec=SPEC,
        predictor=predictor,
        calibration=calibration or identity(predictor.outputs),
        card=card or {},
    )


def report_facts(task="churn", served="", rows=300, texts=None, **more):
    """Real models of a world, judged by the real evaluation on customers that they never saw."""
    features = customers(1200, seed=5)
    months = pd.to_datetime(["2025-01-01", "2025-02-01", "2025-03-01"]).as_unit("us")
    features.insert(0, "as_of", np.repeat(months.to_numpy(), 400))
    features.insert(0, "customer_id", [f"customer-{i % 400}" for i in range(1200)])
    test = features[["customer_id", "as_of"]].assign(label=outcomes(features, task, seed=6))
    learnt = boosted(customers(800), task)
    candidates = {
        "lightgbm": bundle(learnt.predictor, task, card=CARD),
        "base_rate": bundle(base_rate(task).predictor, task, card=CARD),
        "one_rule": bundle(rule(task).predictor, task, card={**CARD, "feature": RECENCY}),
        "logistic": bundle(logistic(task).predictor, task, card=CARD),
    }
    probabilities = {name: found.probabilities(features) for name, found in candidates.items()}
    judge = EvaluateParams(bootstrap=50, confidence=0.95)
    metrics = evaluate(task, CLASSES[task], test, probabilities, judge, seed=1)
    gate = {"name": "additivity_residual", "value": 1e-14, "limit": 1e-6, "held": True}
    metrics |= {"served": metrics["winner"], "gates": [{"candidate": "lightgbm", **gate}]}
    facts = ReportFacts(
        task=task,
        candidates=candidates,
        metrics=metrics,
        test=test,
        probabilities=probabilities,
        features=features,
        catalogue=SPEC,
        integration=INTEGRATION,
        labels={"rows": 9000, "horizon_days": 90, "base_rates": dict.fromkeys(CLASSES[task], 0.3)},
        params={"seed": 1, "promote": {"max_additivity_residual": 1e-6}},
        texts=texts or load_texts(WORDINGS_FILE),
        rows=rows,
        seed=1,
        trials=pd.DataFrame({"trial": [0, 1], "state": "complete", "log_loss": [0.5, 0.4]}),
        extracts=[{"name": "crm.csv", "bytes": 12345, "md5": "0" * 32}],
        served=served,
    )
    return replace(facts, **more)

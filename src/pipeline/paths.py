"""Where the pipeline keeps what it makes, relative to the project's top folder."""

from pathlib import Path

DATA = Path("data")
CHECKED = DATA / "checked.json"
INCOMING = DATA / "incoming"
RAW = DATA / "raw"
TRUTH = DATA / "truth"
LEDGER = DATA / "ledger"
FEATURES = DATA / "features"
LABELS = DATA / "labels"
MODELS = DATA / "models"
EVALUATION = DATA / "evaluation"
METRICS = DATA / "metrics"
REPORTS = DATA / "reports"
BUNDLE = DATA / "bundle"
SCORES = DATA / "scores"
STUDIES = DATA / "studies" / "optuna.db"
SOURCES = Path("configs/sources")
WORDINGS = Path("configs/wordings.yaml")

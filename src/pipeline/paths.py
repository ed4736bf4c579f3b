"""Where the pipeline keeps what it makes, relative to the project's top folder."""

from pathlib import Path

DATA = Path("data")
CHECKED = DATA / "checked.json"
INCOMING = DATA / "incoming"
ERASED = INCOMING / "erased.json"
RAW = DATA / "raw"
TRUTH = DATA / "truth"
LEDGER = DATA / "ledger"
VAULT = DATA / "vault"
QUALITY = DATA / "quality"
ASSETS = DATA / "assets"
FEATURES = DATA / "features"
AUDIT = DATA / "audit"
LABELS = DATA / "labels"
# In LABELS: what the customers of value_tier held at the horizon's end.
AMOUNTS = "value_tier_assets.parquet"
MODELS = DATA / "models"
FAIRNESS = DATA / "fairness"
EVALUATION = DATA / "evaluation"
METRICS = DATA / "metrics"
REPORTS = DATA / "reports"
BUNDLE = DATA / "bundle"
SCORES = DATA / "scores"
MONITORING = DATA / "monitoring"
CHANGES = DATA / "changes"
PROMOTIONS = DATA / "promotions" / "log.jsonl"
STUDIES = DATA / "studies" / "optuna.db"
SOURCES = Path("configs/sources")
WORDINGS = Path("configs/wordings.yaml")
RULES = Path("configs/rules.yaml")
LINKAGE = Path("configs/linkage.yaml")
# The code that features follow from.
FEATURES_MADE_BY = (Path("src/core"), Path("src/features"))


def ledger_made_by(source: str) -> list[Path]:
    """What decides, beside the raw files, what integration makes of them: configuration and code.

    checked.json stands for the key and for who was erased.
    """
    configured = [SOURCES / f"{source}.yaml", RULES, LINKAGE, CHECKED]
    return [
        *configured,
        *(Path("src") / name for name in ("core", "privacy", "sources", "features")),
    ]

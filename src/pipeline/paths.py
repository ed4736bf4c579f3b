"""Where the pipeline keeps what it makes, relative to the project's top folder: data/<source>/…"""

from pathlib import Path

from src.core.process import home

DATA = Path("data")
INCOMING = DATA / "incoming"
SOURCES = Path("configs/sources")
WORDINGS = Path("configs/wordings.yaml")
RULES = Path("configs/rules.yaml")
LINKAGE = Path("configs/linkage.yaml")
# What the customers of value_tier held at the horizon's end; stands among the labels.
AMOUNTS = "value_tier_assets.parquet"
# The code that features follow from.
FEATURES_MADE_BY = (Path("src/core"), Path("src/features"))


class SourcePaths:
    """The folders and files of one source.

    What stands under `candidate` is what the last run made; `releases`, `pointer`, `reports` and
    `log` are what was decided on; `erasures` are the proofs of erasures. `kept` holds what a next
    run may go on from: it may be deleted.

    >>> SourcePaths("berka").ledger.as_posix()
    'data/berka/ledger'
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.folder = DATA / source
        self.mapping = SOURCES / f"{source}.yaml"
        self.incoming = INCOMING / source
        self.checked = self.folder / "checked.json"
        self.raw = self.folder / "raw"
        self.truth = self.folder / "truth"
        self.ledger = self.folder / "ledger"
        self.vault = self.folder / "vault"
        self.quality = self.folder / "quality"
        self.gate = self.folder / "gate.json"
        self.assets = self.folder / "assets"
        self.features = self.folder / "features"
        self.spec = self.features / "spec.json"
        self.kept = self.folder / "kept"
        self.audit = self.folder / "audit"
        self.audited = self.folder / "audited.json"
        self.labels = self.folder / "labels"
        self.models = self.folder / "models"
        self.fairness = self.folder / "fairness"
        self.evaluation = self.folder / "evaluation"
        self.plots = self.folder / "plots"
        self.metrics = self.folder / "metrics"
        self.studies = self.folder / "studies/optuna.db"
        self.candidate = self.folder / "candidate/release"
        self.candidate_reports = self.folder / "candidate/reports"
        self.summary = self.folder / "candidate/summary.json"
        self.releases = self.folder / "releases"
        self.pointer = self.folder / "served.json"
        self.reports = self.folder / "reports"
        self.log = self.folder / "promotions.jsonl"
        self.runs = self.folder / "runs"
        self.monitoring = self.folder / "monitoring"
        self.changes = self.folder / "changes"
        self.erasures = self.folder / "erasures"

    def erased_list(self) -> Path:
        """The list of its erased customers, which an experiment shares with its project."""
        return home() / self.incoming / "erased.json"

"""Stage explain: the report on one task's model, as a candidate."""

import pandas as pd

from src.core.errors import run_command
from src.core.files import read_json, read_parquet, replacing_file
from src.core.params import Params, load_params
from src.core.progress import step
from src.features.spec import FeatureSpec
from src.models.candidates import load_candidates, read_amounts, read_predictions
from src.models.evaluate import MODEL
from src.pipeline import paths
from src.pipeline.tasks import task_argument, why_unsupported
from src.reports.model.facts import ReportFacts
from src.reports.model.report import model_report, unsupported_report
from src.reports.texts import Texts, load_texts


def main() -> None:
    """Write the report, or the page that says why there is no model."""
    task = task_argument()
    params = load_params()
    texts = load_texts(paths.WORDINGS)
    reason = why_unsupported(task)
    with step("explain", f"{task}: report"):
        if reason:
            html = unsupported_report(task, reason, params.source, texts)
        else:
            html = model_report(_facts(task, params, texts))
    with replacing_file(paths.REPORTS / f"{task}.html") as aside:
        aside.write_text(html, encoding="utf-8")


def _facts(task: str, params: Params, texts: Texts) -> ReportFacts:
    candidates = load_candidates(paths.MODELS / task)
    test, probabilities = read_predictions(paths.MODELS / task, candidates[MODEL].classes)
    metrics = read_json(paths.EVALUATION / task / "evaluation.json")
    return ReportFacts(
        task=task,
        candidates=candidates,
        metrics=metrics,
        test=test,
        probabilities=probabilities,
        features=read_parquet(paths.FEATURES / "features.parquet"),
        catalogue=FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json")),
        integration=read_json(paths.LEDGER / "integration.json"),
        labels=read_json(paths.LABELS / "labels.json")[task],
        params=params.model_dump(mode="json", exclude={"engine"}),
        texts=texts,
        rows=params.explain.rows,
        seed=params.seed,
        trials=pd.read_csv(paths.MODELS / task / "trials.csv"),
        extracts=read_json(paths.RAW / "manifest.json")["files"],
        served=metrics["served"],
        audit=read_json(paths.AUDIT / "audit.json"),
        amounts=read_amounts(paths.MODELS / task),
    )


if __name__ == "__main__":
    run_command(main)

"""Stage explain: the report on one task's model, as a candidate."""

import pandas as pd

from src.core.files import read_json, replacing_file
from src.core.progress import step
from src.features.spec import load_spec
from src.models.candidates import load_candidates, read_amounts, read_predictions
from src.models.evaluate import MODEL
from src.pipeline import paths
from src.pipeline.run import Run
from src.reports.model.facts import ReportFacts
from src.reports.model.report import model_report, unsupported_report
from src.reports.texts import Texts, load_texts


def main(run: Run, task: str) -> None:
    """Write the report, or the page that says why there is no model."""
    texts = load_texts(paths.WORDINGS)
    reason = run.why_unsupported(task)
    with step("explain", f"{task}: report"):
        if reason:
            html = unsupported_report(task, reason, run.source, texts)
        else:
            html = model_report(_facts(run, task, texts))
    with replacing_file(run.paths.candidate_reports / f"{task}.html") as aside:
        aside.write_text(html, encoding="utf-8")


def _facts(run: Run, task: str, texts: Texts) -> ReportFacts:
    where, params = run.paths, run.params
    candidates = load_candidates(where.models / task)
    test, probabilities = read_predictions(where.models / task, candidates[MODEL].classes)
    metrics = read_json(where.evaluation / task / "evaluation.json")
    return ReportFacts(
        task=task,
        candidates=candidates,
        metrics=metrics,
        test=test,
        probabilities=probabilities,
        features=run.features(),
        catalogue=load_spec(run.paths.spec),
        integration=read_json(where.ledger / "integration.json"),
        labels=read_json(where.labels / "labels.json")[task],
        params={"source": run.source} | params.model_dump(mode="json", exclude={"engine"}),
        texts=texts,
        rows=params.explain.rows,
        seed=params.seed,
        trials=pd.read_csv(where.models / task / "trials.csv"),
        extracts=read_json(where.raw / "manifest.json")["files"],
        served=metrics["served"],
        audit=read_json(where.audit / "audit.json"),
        amounts=read_amounts(where.models / task),
    )

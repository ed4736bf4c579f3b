"""Stage report: the index of the reports, and the summary that `make run` prints."""

from typing import Any

from src.core.errors import run_command
from src.core.files import read_json, replacing_file, write_json
from src.core.params import load_params
from src.pipeline import paths
from src.reports.overview.index import index_page
from src.reports.texts import load_texts


def main() -> None:
    """Write data/reports/index.html and summary.json."""
    params = load_params()
    manifest = read_json(paths.BUNDLE / "manifest.json")
    metrics = {
        task: read_json(paths.EVALUATION / task / "evaluation.json")
        for task, entry in manifest["tasks"].items()
        if entry["decision"]["rule"] != "not trained"
    }
    served = {task: entry["winner"] for task, entry in manifest["tasks"].items()}
    versions = {task: entry["version"] for task, entry in manifest["tasks"].items()}
    kept = {
        task: entry["decision"]["reason"]
        for task, entry in manifest["tasks"].items()
        if not entry["decision"]["promoted"]
    }
    html = index_page(
        metrics,
        manifest["unsupported"],
        params.source,
        load_texts(paths.WORDINGS),
        served=served,
        versions=versions,
        kept=kept,
    )
    with replacing_file(paths.REPORTS / "index.html") as aside:
        aside.write_text(html, encoding="utf-8")
    summary: dict[str, Any] = {
        "metrics": metrics,
        "unsupported": manifest["unsupported"],
        "served": served,
        "kept": kept,
    }
    write_json(paths.REPORTS / "summary.json", summary)


if __name__ == "__main__":
    run_command(main)

"""Stage gate: stop here if the delivery falls below a gate; the report is written already."""

from src.core.files import read_json, write_json
from src.pipeline.run import Run
from src.quality.refusal import require_passed
from src.quality.texts import QUALITY_FILE, load_quality_texts


def main(run: Run) -> None:
    """Fail with the gates that do not hold, else write gate.json.

    What it writes never changes: the stages after it depend on it only to come after.
    """
    path = run.paths.quality / "quality.json"
    report = run.paths.candidate_reports / "data_quality.html"
    require_passed(read_json(path), str(path), str(report), load_quality_texts(QUALITY_FILE))
    write_json(run.paths.gate, {"quality": "passed"})

"""Stage gate: stop here if the delivery falls below a gate; the report is written already."""

from src.core.errors import run_command
from src.core.files import read_json, write_json
from src.pipeline import paths
from src.quality.refusal import require_passed
from src.quality.texts import QUALITY_FILE, load_quality_texts


def main() -> None:
    """Fail with the gates that do not hold, else write data/gate.json.

    What it writes never changes: the stages after it depend on it only to come after.
    """
    path = paths.QUALITY / "quality.json"
    report = paths.REPORTS / "data_quality.html"
    require_passed(read_json(path), str(path), str(report), load_quality_texts(QUALITY_FILE))
    write_json(paths.DATA / "gate.json", {"quality": "passed"})


if __name__ == "__main__":
    run_command(main)

"""Stage quality: what the delivery is worth, as JSON and as a report; stage gate judges it."""

from src.core.errors import run_command
from src.core.files import replacing_file, replacing_folder, write_json
from src.core.params import load_params
from src.pipeline import paths
from src.quality.measures.all import mapped_columns
from src.quality.texts import QUALITY_FILE, load_quality_texts
from src.reports.quality.assess import assess
from src.sources.mapping.mapping import load_mapping


def main() -> None:
    """Write data/quality/quality.json and data/reports/data_quality.html, whatever they say."""
    params = load_params()
    mapping = load_mapping(paths.SOURCES / f"{params.source}.yaml")
    found = assess(
        paths.LEDGER,
        paths.VAULT,
        mapped_columns(mapping),
        params.quality,
        load_quality_texts(QUALITY_FILE),
        params.engine,
    )
    with replacing_file(paths.REPORTS / "data_quality.html") as aside:
        aside.write_text(found.html, encoding="utf-8")
    with replacing_folder(paths.QUALITY) as folder:
        write_json(folder / "quality.json", found.content)


if __name__ == "__main__":
    run_command(main)

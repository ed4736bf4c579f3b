"""Stage quality: what the delivery is worth, as JSON and as a report; stage gate judges it."""

from src.core.files import replacing_file, replacing_folder, write_json
from src.pipeline.deliveries.inputs import mapping_of
from src.pipeline.run import Run
from src.quality.measures.all import mapped_columns
from src.quality.texts import QUALITY_FILE, load_quality_texts
from src.reports.quality.assess import assess


def main(run: Run) -> None:
    """Write quality.json and data_quality.html, whatever they say."""
    found = assess(
        run.paths.ledger,
        run.paths.vault,
        mapped_columns(mapping_of(run)),
        run.params.quality,
        load_quality_texts(QUALITY_FILE),
        run.params.engine,
    )
    with replacing_file(run.paths.candidate_reports / "data_quality.html") as aside:
        aside.write_text(found.html, encoding="utf-8")
    with replacing_folder(run.paths.quality) as folder:
        write_json(folder / "quality.json", found.content)

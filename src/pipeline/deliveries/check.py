"""Stage check: every configuration is read before anything runs, so that no key is ignored."""

from src.core.files import write_json
from src.features.spec import load_catalogue
from src.pipeline import paths
from src.pipeline.deliveries.inputs import mapping_of
from src.pipeline.run import Run
from src.quality.texts import QUALITY_FILE, load_quality_texts
from src.reports.texts import load_texts
from src.sources.linkage.model import load_linkage
from src.sources.staging.rules import load_rules


def main(run: Run) -> None:
    """Load params.yaml and all that it names; the first fault ends the pipeline.

    What it writes never changes: the stages after it depend on it only to come after.
    """
    _ = mapping_of(run), run.taxonomy
    load_rules(paths.RULES)
    load_linkage(paths.LINKAGE)
    load_catalogue(run.params.features.catalogue)
    load_texts(paths.WORDINGS)
    load_quality_texts(QUALITY_FILE)
    write_json(run.paths.checked, {"configuration": "valid"})

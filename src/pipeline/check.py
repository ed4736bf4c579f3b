"""Stage check: every configuration is read before anything runs, so that no key is ignored."""

from src.core.errors import run_command
from src.core.files import digest, write_json
from src.core.params import load_params
from src.core.taxonomy import load_taxonomy
from src.features.spec import load_catalogue
from src.pipeline import paths
from src.privacy.key import fingerprint, load_key
from src.quality.texts import QUALITY_FILE, load_quality_texts
from src.reports.texts import load_texts
from src.sources.linkage.model import load_linkage
from src.sources.mapping.mapping import load_mapping
from src.sources.staging.rules import load_rules


def main() -> None:
    """Load params.yaml, all that it names and the key; the first fault ends the pipeline.

    What it writes changes only with the key and the list of erased customers, which are no files
    of the project: so those stages run again that depend on them.
    """
    params = load_params()
    load_mapping(paths.SOURCES / f"{params.source}.yaml")
    load_rules(paths.RULES)
    load_linkage(paths.LINKAGE)
    load_taxonomy(params.taxonomy, params.source)
    load_catalogue(params.features.catalogue)
    load_texts(paths.WORDINGS)
    load_quality_texts(QUALITY_FILE)
    erased = digest(paths.ERASED) if paths.ERASED.is_file() else None
    checked = {"configuration": "valid", "key": fingerprint(load_key()), "erased": erased}
    write_json(paths.CHECKED, checked)


if __name__ == "__main__":
    run_command(main)

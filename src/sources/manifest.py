"""manifest.json of the raw folder: what `collect` brought, and what it left out of it."""

from pathlib import Path

from src.core.files import read_json

MANIFEST = "manifest.json"


def erased_rows(raw: Path) -> dict[str, int]:
    """Rows of erased customers that `collect` left out, by file; empty without a manifest."""
    path = raw / MANIFEST
    counts: dict[str, int] = read_json(path).get("erased", {}) if path.is_file() else {}
    return counts

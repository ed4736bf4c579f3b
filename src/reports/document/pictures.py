"""The charts of a report as files of their own, for a tracking server to show."""

import re
from pathlib import Path

_DRAWN = re.compile(r'<div class="drawing"[^>]*><svg (.*?</svg>)', re.S)
_OPENING = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def write_pictures(html: str, folder: Path) -> list[Path]:
    """Write each chart of `html` into `folder` as SVG, numbered in the report's order."""
    paths = []
    for number, drawn in enumerate(_DRAWN.findall(html), start=1):
        path = folder / f"picture_{number:02d}.svg"
        path.write_text(_OPENING + drawn, encoding="utf-8")
        paths.append(path)
    return paths

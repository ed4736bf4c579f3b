"""The pictures of a report as files of their own, for a tracking server to show."""

import base64
import re
from pathlib import Path

_EMBEDDED = re.compile(r'src="data:image/(png|svg\+xml);base64,([A-Za-z0-9+/=]+)"')


def write_pictures(html: str, folder: Path) -> list[Path]:
    """Write each picture embedded in `html` into `folder`, numbered in the report's order."""
    paths = []
    for number, (kind, content) in enumerate(_EMBEDDED.findall(html), start=1):
        path = folder / f"picture_{number:02d}.{'svg' if kind == 'svg+xml' else kind}"
        path.write_bytes(base64.b64decode(content))
        paths.append(path)
    return paths

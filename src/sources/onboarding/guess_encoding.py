"""Which encoding a text file seems to have, among those that banks deliver."""

import codecs
from pathlib import Path

from charset_normalizer import from_bytes

# In order of preference where several fit equally well.
CANDIDATES = ("utf_8", "gb18030", "big5", "cp1252", "cp1250", "cp1251", "shift_jis", "euc_kr")
_START = 16 << 20
_ENOUGH = 1 << 16


def fitting_encodings(path: Path) -> list[str]:
    """The encodings in which the start of the file is text, the likeliest first; none if it mixes
    several. Plain ASCII is utf-8."""
    with path.open("rb") as stream:
        start = stream.read(_START)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    telling, size = [], 0
    for line in start.splitlines():
        if not line.isascii() and size < _ENOUGH:
            telling.append(line)
            size += len(line)
    if not telling or _reads(start, "utf-8"):
        return ["utf-8"]
    found = from_bytes(b"\n".join(telling), cp_isolation=list(CANDIDATES))
    ranked = sorted(
        (round(match.chaos, 2), -round(match.coherence, 1), CANDIDATES.index(match.encoding))
        for match in found
        if match.encoding in CANDIDATES
    )
    names = (CANDIDATES[place].replace("utf_8", "utf-8") for _, _, place in ranked)
    return [name for name in names if _reads(start, name)]


def _reads(start: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError:
        return False
    return True

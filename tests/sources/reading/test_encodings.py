"""One pass over a text file tells its lines, how they end, and how the file does."""

import pytest

from src.sources.reading import encodings
from src.sources.reading.encodings import TextFacts, scan_text

FACTS = {
    "newlines": ("a\nb\n", TextFacts(2, True, False)),
    "no newline at the end": ("a\nb", TextFacts(2, False, False)),
    "carriage returns before newlines": ("a\r\nb\r\n", TextFacts(2, True, False)),
    "a file cut between the two": ("a\r\nb\r", TextFacts(2, True, False, stray_returns=True)),
    "a carriage return within a line": ("a\rx\nb\n", TextFacts(2, True, False, stray_returns=True)),
    "carriage returns alone": ("a\rb\r", TextFacts(2, True, False, line_end="\r")),
    "carriage returns alone, none at the end": ("a\rb", TextFacts(2, False, False, line_end="\r")),
    "nothing": ("", TextFacts(0, True, False)),
    "a quote": ('a\n"b"', TextFacts(2, False, True)),
}


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
@pytest.mark.parametrize("size", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize("name", FACTS)
def test_facts_are_the_same_however_the_file_is_read(tmp_path, monkeypatch, name, size, encoding):
    text, facts = FACTS[name]
    path = tmp_path / "f.csv"
    path.write_bytes(text.encode(encoding))
    monkeypatch.setattr(encodings, "_CHUNK", size)
    assert scan_text(path, encoding, '"') == facts

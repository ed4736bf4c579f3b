"""One pass over a text file tells its lines and their ends; bytes of another encoding are named."""

import pytest

from src.core.errors import SourceError
from src.sources.reading import encodings
from src.sources.reading.encodings import TextFacts, scan_text
from tests.support.sources.one_file import COLUMNS, HEADER

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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_any_encoding_gives_the_same_rows(files, encoding):
    files.write("f.csv", "id,day,amount\n张三,01.02.2020,1\r\n李四,,2", encoding)
    declared = "utf-8" if encoding.startswith("utf-8") else encoding
    files.read({"f": {"path": "f.csv", "encoding": declared, "columns": COLUMNS}})
    assert files.rows("SELECT id, amount FROM f") == [("张三", 1), ("李四", 2)]


def test_bytes_of_another_encoding_are_an_error_with_line_and_byte(files):
    text = (HEADER + "张三,,1\n" * 3).encode() + "王五,,2\n".encode("gbk")
    files.write("f.csv", text)
    with pytest.raises(SourceError) as caught:
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    byte = len(HEADER) + 3 * len("张三,,1\n".encode()) + 1
    assert f"f.csv:5: byte {byte} (0xcd) is no utf-8" in str(caught.value)
    assert "mixes encodings" in str(caught.value)


def test_a_file_of_one_other_encoding_is_told_which_fits(files):
    files.write("f.csv", HEADER + "张三,,1\n", "gbk")
    with pytest.raises(SourceError, match="Set 'encoding: gb18030' for this file"):
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})


def test_a_utf8_mark_on_a_file_declared_otherwise_is_named(files):
    files.write("f.csv", HEADER, "utf-8-sig")
    with pytest.raises(SourceError, match="byte-order mark of UTF-8; expected gbk"):
        files.read({"f": {"path": "f.csv", "encoding": "gbk", "columns": COLUMNS}})

"""A trace is found wherever it stands, and its text is never repeated."""

import json
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.privacy.traces import Search, Trace

SEARCH = Search.of(
    {
        "name": ["王伟", "Li Na"],
        "record": ["crm:C1"],
        "phone": ["13800138000"],
        "short": ["x", "ab"],
    }
)


def kinds(path):
    return [trace.kind for trace in SEARCH.in_files([path])]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16", "utf-8-sig"])
def test_bytes_are_searched_in_every_encoding(tmp_path, encoding):
    path = tmp_path / "notes.html"
    path.write_bytes("<p>客户王伟，crm:C1，13800138000</p>".encode(encoding))
    assert kinds(path) == ["name", "phone", "record"]


def test_escaped_json_and_sqlite_are_searched(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"who": "王伟"}), encoding="ascii")
    with sqlite3.connect(tmp_path / "b.db") as database:
        database.execute("CREATE TABLE t AS SELECT 'crm:C1' AS who")
    database.close()
    found = SEARCH.in_files([tmp_path])
    assert [(t.file.rpartition("/")[2], t.kind) for t in found] == [
        ("a.json", "name"),
        ("b.db", "record"),
    ]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", "说 王伟 好"]),
        pa.array(["a", "王伟"]).dictionary_encode(),
        pa.array([["a"], ["王伟"]]),
        pa.array([{"x": {"y": "王伟"}}]),
        pa.array(["王伟".encode(), b"\xff\xfe"]),
        pa.array([[("k", "王伟")]], pa.map_(pa.string(), pa.string())),
        pa.array(["王伟"], pa.large_string()),
    ],
)
def test_parquet_is_searched_as_a_table_however_deep(tmp_path, column):
    # without a suffix, as files in DVC's cache have none
    path = tmp_path / "9f86d081"
    pq.write_table(pa.table({"n": range(len(column)), "t": column}), path, compression="zstd")
    assert SEARCH.in_files([path]) == [Trace(str(path), "t", "name")]


def test_a_longer_number_or_word_is_another_one(tmp_path):
    texts = ["crm:C11", "xcrm:C1", "113800138000", "138001380001", "Li Nana", "ab x"]
    (tmp_path / "a.txt").write_text("\n".join(texts), encoding="utf-8")
    pq.write_table(pa.table({"t": texts}), tmp_path / "a.parquet")
    assert SEARCH.in_files([tmp_path]) == []


def test_a_trace_across_the_border_of_two_reads_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("src.privacy.traces._CHUNK", 5_000)
    for place in range(4_985, 5_003):
        path = tmp_path / f"{place}.txt"
        path.write_bytes(b"." * place + b"crm:C1" + b"." * 6_000)
        assert kinds(path) == ["record"]


def test_a_finding_says_where_and_what_kind_but_not_what(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Li Na", encoding="utf-8")
    (trace,) = SEARCH.in_files([path])
    assert str(trace) == f"{path}: name"
    assert "Li Na" not in repr(trace)


def test_nothing_to_look_for_finds_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("anything", encoding="utf-8")
    assert Search.of({"name": [], "phone": ["1"]}).in_files([tmp_path]) == []


def test_of_many_texts_at_once_each_is_found_and_no_other(tmp_path):
    """A plan of many customers makes more patterns than one; none of them is left out."""
    wanted = [f"K{number:020d}" for number in range(130)]
    search = Search.of({"pseudonym": wanted})
    for number, text in enumerate([*wanted, "K00000000000000000130"]):
        pq.write_table(pa.table({"t": [text, "x"]}), tmp_path / f"{number:03d}.parquet")
        (tmp_path / f"{number:03d}.txt").write_text(f"<{text}>", encoding="utf-8")
    found = [trace.file.rpartition("/")[2] for trace in search.in_files([tmp_path])]
    assert found == [f"{n:03d}.{kind}" for n in range(130) for kind in ("parquet", "txt")]


def test_columns_without_texts_are_not_read(tmp_path):
    path = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"n": [1, 2], "f": [0.5, 1.5]}), path)
    assert SEARCH.in_files([path]) == []
    pq.write_table(pa.table({"n": [1, 2], "who": ["crm:C1", None]}), path)
    assert SEARCH.in_files([path]) == [Trace(str(path), "who", "record")]

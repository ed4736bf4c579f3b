"""The rows of the erased go from every raw file, and nothing else changes by a byte."""

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.core.errors import KehuError
from src.privacy.erased import Erased
from src.privacy.redact import erased_rows, redact
from tests.support.privacy.two_system_bank import KEY, mapping, write_raw

SOURCE = mapping()
C1 = Erased(KEY).with_customer(
    "two_systems", ["K1"], [("crm", "C1"), ("contact", "T1")], ["62170001"]
)


def raw_files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def test_every_row_of_the_customer_goes_and_is_counted(tmp_path):
    folder = write_raw(tmp_path / "raw")
    counts = redact(SOURCE, folder, C1)
    assert counts == {
        "crm/people.csv": 1,
        "accounts_20230101.csv": 1,
        "moves.parquet": 2,
        "calls.jsonl": 1,
    }
    assert erased_rows(SOURCE, folder, C1) == {}
    assert redact(SOURCE, folder, C1) == {}


def test_all_other_lines_keep_their_bytes(tmp_path):
    folder = write_raw(tmp_path / "raw")
    before = raw_files(folder)
    redact(SOURCE, folder, C1)
    for name, content in raw_files(folder).items():
        if not name.endswith(".parquet"):
            gone = (b"C1;", b"62170001,C1", b'"T1"')
            lines = before[name].splitlines(keepends=True)
            assert content == b"".join(line for line in lines if not any(g in line for g in gone))


def test_a_movement_of_another_customer_stays_though_it_names_the_account(tmp_path):
    folder = write_raw(tmp_path / "raw")
    redact(SOURCE, folder, C1)
    assert pq.read_table(folder / "moves.parquet")["id"].to_pylist() == [2]


def test_a_number_of_one_system_does_not_erase_its_namesake_of_another(tmp_path):
    folder = write_raw(tmp_path / "raw")
    erased = Erased(KEY).with_customer("two_systems", ["K"], [("contact", "1")], [])
    assert redact(SOURCE, folder, erased) == {"calls.jsonl": 1}


def test_a_number_of_one_source_does_not_erase_its_namesake_of_another(tmp_path):
    folder = write_raw(tmp_path / "raw")
    elsewhere = Erased(KEY).with_customer("other", ["K"], [("crm", "C1")], ["62170001"])
    assert redact(SOURCE, folder, elsewhere) == {}


def test_files_without_the_customer_are_not_written(tmp_path):
    folder = write_raw(tmp_path / "raw")
    before = {path: path.stat().st_ino for path in folder.rglob("*.*")}
    assert redact(SOURCE, folder, Erased(KEY)) == {}
    redact(SOURCE, folder, C1)
    untouched = folder / "accounts_20230201.csv"
    assert untouched.stat().st_ino == before[untouched]


def test_a_file_keeps_who_may_read_it(tmp_path):
    folder = write_raw(tmp_path / "raw")
    (folder / "crm/people.csv").chmod(0o600)
    redact(SOURCE, folder, C1)
    assert (folder / "crm/people.csv").stat().st_mode & 0o777 == 0o600


def test_a_line_that_is_no_row_goes_if_it_holds_the_number_as_a_word(tmp_path):
    folder = write_raw(tmp_path / "raw")
    with (folder / "crm/people.csv").open("ab") as stream:
        stream.write(
            'C1;"王伟\nC1;too;many;fields;here\nC11;too;many;fields;here\nC2;"赵敏'.encode("gbk")
        )
    with (folder / "calls.jsonl").open("ab") as stream:
        stream.write(b'{"id": "i9", "caller": "T1", "no\n{"id": "i9", "caller": "T11", "no')
    counts = redact(SOURCE, folder, C1)
    assert counts["crm/people.csv"] == 3
    assert counts["calls.jsonl"] == 2
    assert (
        (folder / "crm/people.csv")
        .read_bytes()
        .endswith('C11;too;many;fields;here\nC2;"赵敏'.encode("gbk"))
    )
    assert (folder / "calls.jsonl").read_bytes().endswith(b'{"id": "i9", "caller": "T11", "no')


@pytest.mark.parametrize("kind", [pa.int64(), pa.dictionary(pa.int32(), pa.string())])
def test_numbers_are_found_in_parquet_whatever_their_type(tmp_path, kind):
    folder = write_raw(tmp_path / "raw")
    path = folder / "moves.parquet"
    table = pq.read_table(path)
    column = table["acct"].cast(kind) if kind == pa.int64() else table["acct"].dictionary_encode()
    pq.write_table(table.set_column(1, "acct", column), path)
    assert redact(SOURCE, folder, C1)["moves.parquet"] == 2
    assert pq.read_schema(path).field("acct").type == kind


def test_a_broken_parquet_file_is_an_error_and_stays(tmp_path):
    folder = write_raw(tmp_path / "raw")
    path = folder / "moves.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(KehuError, match=r"moves\.parquet: not readable as Parquet"):
        redact(SOURCE, folder, C1)
    assert path.exists()


TEXTS = st.text(st.sampled_from('ab1 ";,\n\r王é'), max_size=6)
FORMS = st.tuples(
    st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-8-sig"]),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["C1", "C2", "C10"]), TEXTS)), FORMS)
def test_what_is_left_of_any_file_is_what_a_file_without_the_customer_holds(
    tmp_path_factory, rows, form
):
    encoding, delimiter, end, always_quoted = form
    folder = tmp_path_factory.mktemp("raw")

    def written(rows):
        stream = io.StringIO()
        # Python 3.11 leaves a lone carriage return unquoted, newer ones do not
        quoting = csv.QUOTE_ALL if always_quoted else csv.QUOTE_MINIMAL
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writerows([("no", "name"), *rows])
        return stream.getvalue().encode(encoding)

    source = mapping_of(encoding, delimiter)
    (folder / "people.csv").write_bytes(written(rows))
    redact(source, folder, C1)
    assert (folder / "people.csv").read_bytes() == written([r for r in rows if r[0] != "C1"])


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_a_carriage_return_in_a_value_parts_no_row(tmp_path, encoding):
    head, gone, kept = "no;name;mobile;since\n", "C1;王\r伟;;2020-01-01\n", "C2;赵\r敏;;\n"
    source = mapping(files=plain_content()["files"] | {"crm": crm_in(encoding)})
    path = write_raw(tmp_path / "raw") / "crm/people.csv"
    path.write_bytes((head + gone + kept).encode(encoding))
    assert redact(source, tmp_path / "raw", C1)["crm/people.csv"] == 1
    assert path.read_bytes().decode(encoding) == head + kept


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_lines_that_end_with_carriage_returns_alone_are_lines(tmp_path, encoding):
    source = mapping(files=plain_content()["files"] | {"crm": crm_in(encoding)})
    path = write_raw(tmp_path / "raw") / "crm/people.csv"
    path.write_bytes("no;name;mobile;since\rC1;王伟;;\rC2;赵敏;;\r".encode(encoding))
    assert redact(source, tmp_path / "raw", C1)["crm/people.csv"] == 1
    assert path.read_bytes().decode(encoding) == "no;name;mobile;since\rC2;赵敏;;\r"


def crm_in(encoding):
    return plain_content()["files"]["crm"] | {"encoding": encoding}


def plain_content():
    return json.loads(SOURCE.model_dump_json(by_alias=True, exclude_unset=True))


def mapping_of(encoding, delimiter):
    """One CSV file of the CRM in another form, the rest of the bank as it is."""
    content = plain_content()
    form = {"path": "people.csv", "encoding": encoding, "delimiter": delimiter}
    columns = {"no": {"private": "record"}, "name": {"private": "name"}}
    content["files"]["crm"] = {**form, "columns": columns}
    content["identities"][0] |= {"name": "name", "phone": None, "known_at": "_delivered"}
    content["tables"]["customers"][0]["columns"]["known_at"] = {"constant": "2000-01-01"}
    return mapping(**content)


def test_lines_before_the_header_stay(tmp_path):
    files = plain_content()["files"]
    source = mapping(files=files | {"crm": files["crm"] | {"skip_rows": 2}})
    folder = write_raw(tmp_path / "raw")
    path: Path = folder / "crm/people.csv"
    path.write_bytes(b"C1 report\n\n" + path.read_bytes())
    assert redact(source, folder, C1)["crm/people.csv"] == 1
    assert path.read_bytes().startswith(b"C1 report\n\nno;name")

"""What a control file announces stands beside what was found."""

from tests.support.sources.one_file import COLUMNS, HEADER, lines


def test_control_totals_stand_beside_the_rows_found(files):
    files.write("in/f_20210101.csv", HEADER + lines(2))
    files.write("in/f_20210201.csv", HEADER + lines(2))
    files.write("control.csv", "file,rows\nf_20210101.csv,2\nin/f_20210201.csv,9\n")
    declared = {
        "f": {"path": "in/f_*.csv", "delivered": "%Y%m%d", "columns": COLUMNS},
        "control": {"path": "control.csv", "columns": {"file": "string", "rows": "integer"}},
    }
    control = {"file": "control", "path": "file", "rows": "rows"}
    accounts = files.read(declared, control=control)
    assert [(a.rows, a.expected_rows) for a in accounts] == [(2, 2), (2, 9)]
    (own,) = files.read(declared, "control", control=control)
    assert (own.rows, own.expected_rows) == (2, None)


def test_control_totals_do_not_count_the_rows_of_erased_customers(files):
    files.write("f_20210101.csv", HEADER + lines(2))
    files.write("control.csv", "file,rows\nf_20210101.csv,3\n")
    files.write("manifest.json", '{"erased": {"f_20210101.csv": 1}}')
    declared = {
        "f": {"path": "f_*.csv", "delivered": "%Y%m%d", "columns": COLUMNS},
        "control": {"path": "control.csv", "columns": {"file": "string", "rows": "integer"}},
    }
    (account,) = files.read(declared, control={"file": "control", "path": "file", "rows": "rows"})
    assert (account.rows, account.expected_rows) == (2, 2)

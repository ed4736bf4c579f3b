"""What happens when a delivery is damaged, doubled, empty or short: a clear message, the old
outputs as they were, and a next run that recovers."""

import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from tests.support.project.checkout import PROJECT
from tests.support.project.damaged_deliveries import outputs


def test_a_parquet_delivery_cut_short_is_refused_and_delivered_anew_it_is_read(delivered, raw):
    before = outputs(delivered, "ledger")
    path = delivered.last("core/transactions_*.parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    line = delivered.refused()
    assert path.name in line
    assert "fetch the file anew" in line
    path.write_bytes(whole)
    delivered.accepted()
    assert outputs(delivered, "ledger") == before


def test_a_text_delivery_cut_in_a_line_loses_only_that_line_and_falls_short_of_its_control(
    delivered, raw
):
    path = delivered.last("brokerage/trades_*.csv")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * 0.6)].rstrip(b"\n")[:-9])
    account = delivered.accepted()
    name = path.relative_to(raw).as_posix()
    entries = [entry for entry in account["rows"] if entry["file"] == name]
    assert [e["rejected"] for e in entries if e["rejected"]] == [{"truncated_line": 1}]
    (file,) = [f for f in account["files"] if f["file"] == name]
    assert sum(e["rows_out"] for e in entries) + 1 == file["rows"] < file["expected_rows"]


def test_a_delivery_short_of_its_control_stops_at_the_gate_and_is_told_in_the_report(
    delivered, raw
):
    path = delivered.last("core/transactions_*.parquet")
    table = pq.read_table(path)
    pq.write_table(table.slice(0, len(table) // 2), path)
    delivered.accepted()
    delivered.stage("quality")
    done = delivered.stage("gate", check=False)
    assert done.returncode == 1
    assert path.name in done.stderr
    assert "max_missing_control_share" in done.stderr
    assert not (delivered.data / "gate.json").exists()
    report = (delivered.data / "candidate/reports/data_quality.html").read_text("utf-8")
    assert "max_missing_control_share" in report


def test_no_stage_that_reads_the_ledger_runs_before_its_gate_but_the_report():
    stages = yaml.safe_load((PROJECT / "dvc.yaml").read_text("utf-8"))["stages"]
    readers = {
        name
        for name, stage in stages.items()
        if {"data/${source}/ledger", "data/${source}/vault"}
        & set(stage.get("do", stage).get("deps", ()))
    }
    gated = {
        name
        for name, stage in stages.items()
        if "data/${source}/gate.json" in stage.get("do", stage).get("deps", ())
    }
    assert {"assets", "features", "labels"} <= readers
    assert readers - gated == {"quality"}


def test_a_changed_header_is_refused_by_the_name_that_is_nearest(delivered, raw):
    path = delivered.last("brokerage/trades_*.csv")
    path.write_bytes(path.read_bytes().replace(b"gross_amount", b"gross_amout", 1))
    line = delivered.refused()
    assert path.name in line
    assert "'gross_amount' is missing" in line
    assert "'gross_amout'" in line


def test_a_column_of_another_type_is_refused_with_its_first_line(delivered, raw):
    path = delivered.last("core/transactions_*.parquet")
    table = pq.read_table(path)
    place = table.schema.get_field_index("amount_fen")
    texts = pc.binary_join_element_wise(table["amount_fen"].cast(pa.string()), "yuan", " ")
    pq.write_table(table.set_column(place, "amount_fen", texts), path)
    line = delivered.refused()
    assert path.name in line
    assert "'amount_fen'" in line


def test_text_in_a_column_of_dates_is_refused_with_its_first_line(delivered, raw):
    path = delivered.last("brokerage/trades_*.csv")
    frame = pd.read_csv(path, sep=";", dtype=str)
    frame.assign(trade_date="soon").to_csv(path, sep=";", index=False)
    line = delivered.refused()
    assert f"{path.name}:2" in line
    assert "'trade_date'" in line
    assert "soon" in line


def test_a_delivery_that_arrives_twice_changes_no_row_of_the_ledger(delivered, raw):
    before = outputs(delivered, "ledger")
    path = delivered.last("core/transactions_*.parquet")
    rows = pq.read_metadata(path).num_rows
    stamp = path.stem[-8:]
    again = path.with_name(path.name.replace(stamp, str(int(stamp) + 1)))
    shutil.copy(path, again)
    account = delivered.accepted()
    (entry,) = [e for e in account["rows"] if e["file"].endswith(again.name)]
    assert entry["rows_in"] == rows
    assert entry["rows_out"] == 0
    after = outputs(delivered, "ledger")
    assert after["ledger/transactions.parquet"] == before["ledger/transactions.parquet"]


def test_a_delivery_with_a_header_alone_counts_no_rows(delivered, raw):
    path = delivered.last("brokerage/trades_*.csv")
    header, *rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header)
    account = delivered.accepted()
    (file,) = [f for f in account["files"] if f["file"].endswith(path.name)]
    assert (file["rows"], file["expected_rows"]) == (0, len(rows))


def test_a_delivery_of_no_bytes_is_refused(delivered, raw):
    path = delivered.last("market/prices_*.csv")
    path.write_bytes(b"")
    line = delivered.refused()
    assert path.name in line
    assert "empty" in line


def test_a_missing_system_is_refused_by_name(delivered, raw):
    shutil.rmtree(raw / "brokerage")
    line = delivered.refused()
    assert "brokerage/" in line

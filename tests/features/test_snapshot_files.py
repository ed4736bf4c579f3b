"""A run that keeps what stands of an earlier one ends with what a run from nothing makes."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.files import read_json, read_parquet, write_json
from src.core.ledger import known_before
from src.features import snapshot_files
from src.features.build import build_features
from src.features.snapshot_files import FEATURES, update_snapshots, why_computed
from src.features.snapshot_manifest import MANIFEST, engine_digest
from src.features.spine import make_spine
from tests.support.example_counts import few
from tests.support.features.specs import SPEC
from tests.support.ledgers.handmade import BASE, small_ledger
from tests.support.ledgers.strategies import SNAPSHOTS, ledger_rows

DAY = timedelta(days=1)
MAY, JUNE, JULY, AUGUST = (BASE + days * DAY for days in (120, 150, 180, 210))
SMALL = SPEC.select(SPEC.names[:4])


def update(ledger, snapshots, old, new, spec=SMALL, made_by="code"):
    return update_snapshots(ledger, snapshots, spec, made_by, old, new).why


def made(folder):
    """What readers find, and the bytes of each file."""
    files = sorted((folder / FEATURES).rglob("*.parquet"))
    contents = {file.relative_to(folder): file.read_bytes() for file in files}
    return read_parquet(folder / FEATURES), contents


def moves(number=12, **changed):
    """A movement a month of each of three customers, all known at once."""
    return [
        {
            "transaction_id": f"T{who}{n}",
            "customer_id": who,
            "occurred_at": BASE + n * 20 * DAY,
            "amount_minor": 100 * n + len(who),
        }
        | changed.get(f"T{who}{n}", {})
        for n in range(number)
        for who in ("a", "bb", "ccc")
    ]


def bank(rows=None, people=(), labels=()):
    customers = [{"customer_id": who} for who in ("a", "bb", "ccc") if not people] + list(people)
    rows = moves() if rows is None else rows
    return small_ledger(transactions=rows, customers=customers, labels=labels)


@pytest.fixture
def earlier(tmp_path):
    """The folder of a run of two snapshots."""
    update(bank(), [JUNE, JULY], tmp_path / "none", tmp_path / "old")
    return tmp_path / "old"


@few(4)
@given(ledger_rows(), st.sampled_from([1, 31, 60, 90]))
def test_a_ledger_that_grows_gives_what_it_gives_from_nothing(tmp_path_factory, rows, days):
    folder, later = tmp_path_factory.mktemp("grown"), small_ledger(**rows)
    then = known_before(later, SNAPSHOTS[1] + (days - 30) * DAY)
    update(then, SNAPSHOTS[:2], folder / "none", folder / "old", SPEC)
    why = update(later, SNAPSHOTS, folder / "old", folder / "new", SPEC)
    spine = make_spine(later, SNAPSHOTS)
    update(later, SNAPSHOTS, folder / "none", folder / "anew", SPEC)
    found, whole = made(folder / "new"), made(folder / "anew")
    pd.testing.assert_frame_equal(found[0], whole[0], check_exact=True)
    assert found[1] == whole[1]
    built = build_features(later, spine, SPEC)
    pd.testing.assert_frame_equal(found[0], built, check_exact=True, check_dtype=False)
    if days > 30:
        assert set(why) <= {SNAPSHOTS[2]}


def test_snapshots_that_stand_are_kept_and_only_new_ones_computed(earlier, tmp_path):
    grown = bank(moves(14))
    why = update(grown, [JUNE, JULY, AUGUST], earlier, tmp_path / "new")
    assert why == {AUGUST: "new"}
    for day in (JUNE, JULY):
        name = f"{FEATURES}/snapshot={day:%Y-%m-%d}/000000000000.parquet"
        assert (tmp_path / "new" / name).samefile(earlier / name)


def test_a_run_with_nothing_new_computes_nothing(earlier, tmp_path, monkeypatch):
    monkeypatch.setattr("src.features.snapshot_files.build_slices", None)
    assert update(bank(), [JUNE, JULY], earlier, tmp_path / "new") == {}
    assert made(tmp_path / "new")[1] == made(earlier)[1]


def test_a_correction_of_old_that_comes_late_renews_the_snapshots_after_it(earlier, tmp_path):
    fixed = JUNE + 5 * DAY
    ledger = bank(
        [
            *moves(Tbb3={"known_until": fixed}),
            {**moves()[10], "amount_minor": 9_999, "known_at": fixed},
        ]
    )
    why = update(ledger, [JUNE, JULY], earlier, tmp_path / "new")
    assert why == {JULY: "what was known of transactions has changed"}
    update(ledger, [JUNE, JULY], tmp_path / "none", tmp_path / "anew")
    assert made(tmp_path / "new")[1] == made(tmp_path / "anew")[1] != made(earlier)[1]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"spec": SPEC.select(SPEC.names[:5])}, "the catalogue has changed"),
        ({"made_by": "other"}, "the code or its libraries have changed"),
    ],
)
def test_another_catalogue_or_engine_keeps_nothing(earlier, tmp_path, changed, reason):
    why = update(bank(), [JUNE, JULY], earlier, tmp_path / "new", **changed)
    assert why == {JUNE: reason, JULY: reason}
    found = read_parquet(tmp_path / "new" / FEATURES)
    assert list(found.columns[2:]) == list(changed.get("spec", SMALL).names)


def test_many_snapshots_are_computed_in_passes_of_few(earlier, tmp_path, monkeypatch):
    monkeypatch.setattr("src.features.snapshot_files.HELD_ROWS", 5)
    passes = []
    compute = snapshot_files._compute
    monkeypatch.setattr(snapshot_files, "_compute", lambda *a: (passes.append(a[1]), compute(*a)))
    update(bank(), [JUNE, JULY], tmp_path / "none", tmp_path / "new")
    assert passes == [[JUNE], [JULY]]
    assert made(tmp_path / "new")[1] == made(earlier)[1]


@pytest.mark.parametrize("damage", ["half", "another bit", "gone"])
def test_a_damaged_file_is_computed_anew_and_told(earlier, tmp_path, damage):
    file = sorted((earlier / FEATURES).rglob("*.parquet"))[0]
    whole, content = made(earlier)[1], file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        flipped = content[:99] + bytes([content[99] ^ 1]) + content[100:]
        file.write_bytes(content[: len(content) // 2] if damage == "half" else flipped)
    why = update(bank(), [JUNE, JULY], earlier, tmp_path / "new")
    assert list(why) == [JUNE]
    verb = "missing" if damage == "gone" else "damaged"
    assert why_computed(why) == [f"{JUNE:%Y-%m-%d}: {file} is {verb}"]
    assert made(tmp_path / "new")[1] == whole


@pytest.mark.parametrize("content", ["half", "a list", "an entry of another form"])
def test_a_damaged_manifest_keeps_nothing_and_is_told(earlier, tmp_path, content):
    manifest = earlier / MANIFEST
    if content == "half":
        manifest.write_text(manifest.read_text()[:200])
    else:
        entries = read_json(manifest)
        write_json(manifest, [] if content == "a list" else {key: {"file": 3} for key in entries})
    why = update(bank(), [JUNE, JULY], earlier, tmp_path / "new")
    assert set(why) == {JUNE, JULY}
    assert f"{manifest} can't be read" in why[JUNE]
    assert made(tmp_path / "new")[1] == made(earlier)[1]


def second_record(*more):
    """bb turned out, after July, to be another's second record."""
    found = {"customer_id": "bb", "known_until": JULY + 3 * DAY}
    return [{"customer_id": "a"}, found, {"customer_id": "ccc"}, *more]


def test_who_is_no_customer_any_more_leaves_and_the_others_rows_are_kept(
    earlier, tmp_path, monkeypatch
):
    monkeypatch.setattr("src.features.snapshot_files.build_slices", None)
    assert update(bank(people=second_record()), [JUNE, JULY], earlier, tmp_path / "new") == {}
    monkeypatch.undo()
    update(bank(people=second_record()), [JUNE, JULY], tmp_path / "none", tmp_path / "anew")
    assert made(tmp_path / "new")[1] == made(tmp_path / "anew")[1]
    assert set(made(tmp_path / "new")[0]["customer_id"]) == {"a", "ccc"}


def test_who_is_a_customer_again_comes_back(tmp_path):
    update(bank(people=second_record()), [JUNE, JULY], tmp_path / "none", tmp_path / "old")
    again = {"customer_id": "bb", "known_at": JULY + 9 * DAY}
    ledger = bank(people=second_record(again))
    why = update(ledger, [JUNE, JULY], tmp_path / "old", tmp_path / "new")
    assert set(why) == {JUNE, JULY}
    assert why_computed(why)[0].endswith("are customers again")
    update(ledger, [JUNE, JULY], tmp_path / "none", tmp_path / "anew")
    assert made(tmp_path / "new")[1] == made(tmp_path / "anew")[1]
    assert "bb" in set(made(tmp_path / "new")[0]["customer_id"])


def test_whom_delivered_labels_ask_for_is_looked_at_at_their_instant(tmp_path):
    def labels(*who):
        told = {"as_of": MAY, "task": "churn", "label": "churned", "known_at": AUGUST}
        return [told | {"customer_id": name} for name in who]

    update(bank(labels=labels("a")), [JUNE], tmp_path / "none", tmp_path / "old")
    assert len(made(tmp_path / "old")[0]) == 1 + 3
    ledger = bank(labels=labels("a", "bb"))
    why = update(ledger, [JUNE], tmp_path / "old", tmp_path / "new")
    assert why == {MAY: "other customers are asked for"}
    spine = make_spine(ledger, [JUNE])
    found = made(tmp_path / "new")[0]
    built = build_features(ledger, spine, SMALL)
    pd.testing.assert_frame_equal(found, built, check_exact=True, check_dtype=False)


def test_an_empty_spine_gives_the_columns(tmp_path):
    update(small_ledger(), [JUNE], tmp_path / "none", tmp_path / "new")
    found = read_parquet(tmp_path / "new" / FEATURES)
    assert (len(found), list(found.columns[2:])) == (0, list(SMALL.names))


def test_the_engines_digest_follows_its_code(tmp_path):
    (tmp_path / "one.py").write_text("x = 1\n")
    before = engine_digest([tmp_path])
    assert engine_digest([tmp_path]) == before
    (tmp_path / "one.py").write_text("x = 2\n")
    assert engine_digest([tmp_path]) != before

"""The whole way on a small bank, with the real dvc: what runs, what does not, what comes out."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from src.core.files import digest, read_json, read_parquet
from src.core.schemas import TABLES
from src.explain.constraints import observed_directions
from src.features.spec import load_catalogue
from src.models.candidates import load_candidates
from tests.support.project.checkout import Checkout, make_checkout

TASKS = ("risk_appetite", "value_tier", "churn")


def test_every_row_that_enters_comes_out_or_is_rejected_by_a_named_rule(
    small_bank: Checkout,
) -> None:
    account = json.loads((small_bank.data / "ledger/integration.json").read_text("utf-8"))
    tables = {entry["table"] for entry in account["rows"]} - {""}
    assert tables == set(TABLES) - {"labels", "rejected"}
    for entry in account["rows"]:
        assert entry["rows_in"] == entry["rows_out"] + sum(entry["rejected"].values()), entry


def test_features_have_one_row_per_customer_and_snapshot_and_a_column_per_feature(
    small_bank: Checkout,
) -> None:
    features = read_parquet(small_bank.data / "features/features.parquet")
    assert not features.duplicated(["customer_id", "as_of"]).any()
    names = load_catalogue(small_bank.folder / "configs/features.yaml").names
    assert set(features.columns) == {"customer_id", "as_of", *names}


def test_labels_are_never_given_for_windows_that_reach_past_the_data(small_bank: Checkout) -> None:
    account = json.loads((small_bank.data / "ledger/integration.json").read_text("utf-8"))
    for task, horizon in (("risk_appetite", 180), ("value_tier", 90), ("churn", 90)):
        labels = read_parquet(small_bank.data / f"labels/{task}.parquet")
        last = labels["as_of"].max() + timedelta(days=horizon)
        assert last <= datetime.fromisoformat(account["data_end"])


def test_every_report_is_self_contained_and_under_five_megabytes(small_bank: Checkout) -> None:
    for task in TASKS:
        report = small_bank.data / f"candidate/reports/{task}.html"
        text = report.read_text("utf-8")
        assert report.stat().st_size < 5_000_000
        for outside in ('src="http', "src='http", '<link rel="stylesheet"', "@import"):
            assert outside not in text


@pytest.mark.parametrize("task", TASKS)
def test_no_candidate_and_so_no_served_model_goes_against_a_declared_direction(
    small_bank: Checkout, task: str
) -> None:
    features = read_parquet(small_bank.data / "features/features.parquet")
    for bundle in load_candidates(small_bank.data / f"models/{task}").values():
        directions = observed_directions(bundle, features.sample(40, random_state=1), rows=40)
        declared = [f.name for f in bundle.spec.features if f.direction.get(task)]
        assert [(d.name, d.holds) for d in directions] == [(name, True) for name in declared]


def test_nothing_on_the_serving_path_is_a_pickle(small_bank: Checkout) -> None:
    served = [path for path in small_bank.release.rglob("*") if path.is_file()]
    assert len(served) > 10
    assert {path.suffix for path in served} <= {".json", ".txt", ".parquet", ""}
    for path in served:
        assert not path.read_bytes().startswith((b"\x80\x04", b"\x80\x05")), path


def test_a_second_run_with_nothing_changed_runs_no_stage(small_bank: Checkout) -> None:
    again = small_bank.run("dvc", "repro")
    assert stages_that_ran(again.stdout) == set()
    assert small_bank.run("dvc", "status").stdout.strip() == "Data and pipelines are up to date."
    assert small_bank.run("git", "status", "--porcelain").stdout == ""


def test_a_changed_parameter_runs_the_stage_that_reads_it_and_earlier_ones_restore_its_outputs(
    copied_bank: Checkout,
) -> None:
    before = _files(copied_bank.data / "metrics", copied_bank.data / "evaluation")
    copied_bank.set_params(promote__max_bundle_mb=21)
    assert _rerun(copied_bank, "evaluate@churn") == {"check", "evaluate"}
    assert _files(copied_bank.data / "metrics", copied_bank.data / "evaluation") != before
    copied_bank.set_params(promote__max_bundle_mb=20)
    assert _rerun(copied_bank, "evaluate@churn") == set()  # all comes from the run cache
    assert _files(copied_bank.data / "metrics", copied_bank.data / "evaluation") == before


def test_an_edit_in_a_room_that_the_stages_do_not_use_runs_none_of_them(
    copied_bank: Checkout,
) -> None:
    for room in ("src/cli/models.py", "src/reports/monitoring/report.py", "src/models/watch.py"):
        path = copied_bank.folder / room
        path.write_text(path.read_text("utf-8") + "# an edit\n", "utf-8")
    stages = ("check", "collect", "integrate", "quality", "gate", "assets", "features", "labels")
    found = copied_bank.run("dvc", "status", *stages).stdout
    copied_bank.run("git", "checkout", "-q", "--", "src")
    assert found.strip() == "Data and pipelines are up to date."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "behind"),
    [
        ("explain.reasons=2", {"explain", "candidate"}),
        ("evaluate.bootstrap=120", {"fairness", "evaluate", "explain", "candidate"}),
    ],
)
def test_a_changed_parameter_runs_all_stages_behind_it(
    copied_bank: Checkout, change: str, behind: set[str]
) -> None:
    key, value = change.split("=")
    copied_bank.set_params(**{key.replace(".", "__"): value})
    assert _rerun(copied_bank) == {"check", *behind}


@pytest.fixture(scope="module")
def second_bank(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Another run from the same commit and seed."""
    checkout = make_checkout(Path(tmp_path_factory.mktemp("second_bank")))
    checkout.run("dvc", "repro")
    return checkout


@pytest.mark.slow
def test_two_runs_with_one_seed_give_identical_artifacts(
    small_bank: Checkout, second_bank: Checkout
) -> None:
    first, second = _artifacts(small_bank), _artifacts(second_bank)
    assert len(first) > 50
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    locks = [bank.folder / "dvc.lock" for bank in (small_bank, second_bank)]
    assert locks[0].read_bytes() == locks[1].read_bytes()


def _rerun(checkout: Checkout, *target: str) -> set[str]:
    return stages_that_ran(checkout.run("dvc", "repro", *target).stdout)


def stages_that_ran(printed: str) -> set[str]:
    """Names of the stages that `dvc repro` ran, without their task."""
    return {
        line.split("'")[1].split("@")[0]
        for line in printed.splitlines()
        if line.startswith("Running stage")
    }


def _artifacts(checkout: Checkout) -> dict[str, str]:
    kept = (
        "raw", "truth", "ledger", "assets", "quality", "features", "audit", "labels", "models",
        "fairness", "evaluation", "metrics", "plots", "candidate",
    )  # fmt: skip
    found = _files(*(checkout.data / folder for folder in kept))
    return {str(path.relative_to(checkout.data)): value for path, value in found.items()}


def _files(*folders: Path) -> dict[Path, str]:
    """The digest of every file in the folders."""
    paths = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: digest(path) for path in paths}


def test_every_customer_is_scored_or_listed_with_the_reason(small_bank: Checkout) -> None:
    customers = read_parquet(small_bank.data / "ledger/customers.parquet")
    # those whose records turned out to be another customer's do not stand any more
    customers = customers[customers["known_until"].isna()]
    unscored = read_parquet(small_bank.release / "scores/unscored.parquet")
    accounted = [*small_bank.scores()["customer_id"], *unscored["customer_id"]]
    assert sorted(accounted) == sorted(customers["customer_id"].unique())


def test_scores_tell_the_sets_who_has_to_be_asked_and_the_expected_assets(
    small_bank: Checkout,
) -> None:
    scores = small_bank.scores()
    for task in TASKS:
        assert all(
            name in among for name, among in zip(scores[task], scores[f"{task}_set"], strict=True)
        )
    several = scores["risk_appetite_set"].str.len() > 1
    assert scores["risk_appetite_ask"].tolist() == several.tolist()
    low, high = scores["value_tier_assets_low"], scores["value_tier_assets_high"]
    assert scores["value_tier_assets"].between(low, high).all()
    found = read_json(small_bank.data / "evaluation/value_tier/evaluation.json")
    assert found["assets"]["gini"]["value"] > 0.5
    segments = {entry["segment"] for entry in found["sets"]["lightgbm"]["segments"]}
    assert segments == {"actual", "as_of", "decided"}

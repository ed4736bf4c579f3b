"""Every gate passes in a sound bank and fails on the damage that it is there for."""

from pathlib import Path

import pytest
import yaml

from src.core.errors import ConfigError
from src.core.params import load_params
from src.core.params.quality import QualityGates
from src.quality.figures.measures import Measures
from src.quality.gates import judge
from src.quality.verdict import Verdict
from tests.support.quality.gate_damage import DAMAGE, lose_regions, shrink_the_last_delivery
from tests.support.quality.ledger_folders import World
from tests.support.quality.measuring import PROJECT, SHIPPED, TEXTS, measured, small_params
from tests.support.quality.sound_bank import DAY, MONTHS, START, core, sound_bank

# Damage that does not hide other damage is done to one bank: every fifth.
GROUPS = 5


def verdicts_of(world: World, folder: Path, **changes) -> list[Verdict]:
    params = small_params(**changes)
    return judge(measured(world, folder, params), params)


@pytest.fixture(scope="module")
def verdicts(sound: Measures) -> list[Verdict]:
    """The verdicts on the sound bank."""
    return judge(sound, small_params())


def test_in_a_sound_bank_no_gate_fails(verdicts):
    assert [v for v in verdicts if v.outcome == "failed"] == []


def test_every_gate_is_judged_has_words_and_is_damaged_below(verdicts):
    gates = set(QualityGates.model_fields)
    assert gates == set(TEXTS.gates) == {gate for _, gate, *_ in DAMAGE}
    rare = {"max_quarantine_share", "max_unreadable_share", "max_days_overdue"}
    assert gates - {v.gate for v in verdicts} <= rare


@pytest.mark.parametrize("start", range(GROUPS))
def test_gates_fail_on_their_damage(tmp_path, start):
    world = sound_bank()
    for damage, *_ in DAMAGE[start::GROUPS]:
        damage(world)
    found = [v for v in verdicts_of(world, tmp_path) if v.outcome == "failed"]
    failed = {(v.gate, v.subject, v.scope) for v in found}
    assert {tuple(expected) for _, *expected in DAMAGE[start::GROUPS]} <= failed


def test_shares_of_few_rows_are_shown_and_not_judged(tmp_path):
    world = sound_bank()
    lose_regions(world)
    found = verdicts_of(world, tmp_path, min_rows_judged=1000)
    (region,) = [v for v in found if v.subject == "customers.region"]
    assert (region.outcome, region.figure) == ("not judged", 0.5)


def test_the_last_delivery_of_a_file_is_held_to_its_own_control_total(tmp_path):
    world = sound_bank()
    rows = world.files[2]["rows"]
    world.files[2] |= {"rows": rows - rows // 20}
    failed = [v for v in verdicts_of(world, tmp_path) if v.outcome == "failed"]
    assert ("max_missing_control_share", core(2)) in {(v.gate, v.subject) for v in failed}


def test_the_first_delivery_may_bring_everything_and_the_second_only_what_is_new(tmp_path):
    world = sound_bank()
    shrink_the_last_delivery(world)
    del world.files[0]
    judged = [v for v in verdicts_of(world, tmp_path) if v.gate == "min_rows_ratio"]
    assert {(v.figure, v.outcome) for v in judged} == {(0.25, "not judged")}


def test_corrections_between_two_regular_deliveries_may_be_few(tmp_path):
    world = sound_bank()
    shrink_the_last_delivery(world)
    world.files[2] |= {"delivered": (MONTHS[1] + 9 * DAY).isoformat()}
    judged = [v for v in verdicts_of(world, tmp_path) if v.gate == "min_rows_ratio"]
    assert {(v.figure, v.outcome) for v in judged} == {(0.25, "not judged")}


def deliver_twice(world: World, table: str, *days: int) -> None:
    """A file of one table, its last delivery a copy of its first."""
    for number, after in enumerate(days):
        arrived = (START + after * DAY).isoformat()
        file = {"name": "w", "file": f"w{number}", "rows": 9, "delivered": arrived}
        world.files.append(file | ({"copy_of": "w0"} if after == days[-1] else {}))
        world.reject(table, f"w{number}", 1, "repeated")


@pytest.mark.parametrize(
    ("table", "days", "outcome"),
    [
        ("transactions", (30, 60, 90), "failed"),
        ("customers", (30, 60, 90), "not judged"),
        ("transactions", (30, 60, 90, 91), "not judged"),
    ],
    ids=["of movements", "of a list", "of movements, off its cycle"],
)
def test_a_copy_of_an_earlier_delivery_fails_where_its_own_rows_are_missing(
    tmp_path, table, days, outcome
):
    world = sound_bank()
    deliver_twice(world, table, *days)
    found = [v for v in verdicts_of(world, tmp_path) if v.gate == "max_copied_deliveries"]
    last = f"w{len(days) - 1}"
    (copied,) = [v for v in found if v.subject == last]
    assert (copied.outcome, copied.lines) == (outcome, (f"{last} (all of w0)",))
    assert {v.outcome for v in found if v is not copied} == {"passed"}


def test_an_exception_holds_for_its_source_alone(tmp_path):
    world = sound_bank()
    lose_regions(world)
    ours = {"test": {"min_completeness": {"customers.region": 0.4}}}
    others = {"berka": {"min_completeness": {"customers.region": 0.4}}}
    assert not [v for v in verdicts_of(world, tmp_path, exceptions=ours) if v.outcome == "failed"]
    failed = [v for v in verdicts_of(world, tmp_path, exceptions=others) if v.outcome == "failed"]
    assert [v.subject for v in failed] == ["customers.region"]


def test_a_misspelt_exception_names_the_nearest_gate(tmp_path):
    content = yaml.safe_load((PROJECT / "params.yaml").read_text("utf-8"))
    content["quality"]["exceptions"] = {"berka": {"max_orphan_shar": 1}}
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"berka.max_orphan_shar.*Did you mean 'max_orphan_share'"
    ):
        load_params(path)


def test_the_shipped_exceptions_are_gates_of_mapped_sources():
    sources = {path.stem for path in (PROJECT / "configs" / "sources").glob("*.yaml")}
    assert set(SHIPPED.quality.exceptions) <= sources


def test_master_data_may_bring_nothing_new(tmp_path):
    world = sound_bank()
    for number, rows in enumerate((40, 2, 0)):
        arrived = (START + 30 * (number + 1) * DAY).isoformat()
        world.files.append({"name": "n", "file": f"n{number}", "rows": rows, "delivered": arrived})
    assert not [v for v in verdicts_of(world, tmp_path) if v.outcome == "failed"]

"""The bank's policy: classes in order, overrides by source, and faults that name their key."""

from pathlib import Path

import pytest
import yaml

from src.core.errors import ConfigError
from src.core.schemas import TASKS
from src.core.taxonomy import load_taxonomy

SHIPPED = Path(__file__).parents[2] / "configs" / "taxonomy.yaml"


def changed(tmp_path, change):
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(content)
    path = tmp_path / "taxonomy.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_each_task_has_its_classes_lowest_first_with_both_wordings():
    taxonomy = load_taxonomy(SHIPPED, "simulated")
    assert taxonomy.classes("risk_appetite") == ("conservative", "balanced", "aggressive")
    assert taxonomy.classes("value_tier") == ("mass", "affluent", "private", "ultra")
    assert taxonomy.classes("churn") == ("stays", "churns")
    horizons = {task: taxonomy.horizon_days(task) for task in TASKS}
    assert horizons == {"risk_appetite": 180, "value_tier": 90, "churn": 90}
    for task in TASKS:
        assert set(taxonomy.wordings(task)) == set(taxonomy.classes(task))
        assert all(wording.zh and wording.en for wording in taxonomy.wordings(task).values())


def test_a_source_replaces_only_the_keys_that_it_names():
    default = load_taxonomy(SHIPPED, "simulated")
    berka = load_taxonomy(SHIPPED, "berka")
    assert berka.classes("value_tier") == ("mass", "affluent", "private")
    assert berka.value_tier.horizon_days == default.value_tier.horizon_days
    kept = {"inactive_days": default.churn.inactive_days}
    assert berka.churn != default.churn
    assert berka.churn.model_copy(update=kept) == default.churn
    assert berka.risk_appetite == default.risk_appetite


def test_an_unknown_task_names_the_nearest():
    taxonomy = load_taxonomy(SHIPPED, "simulated")
    for ask in (taxonomy.classes, taxonomy.wordings, taxonomy.horizon_days):
        with pytest.raises(ConfigError, match=r"'chum' is no task\. Did you mean 'churn'\?"):
            ask("chum")


def test_an_override_of_a_source_that_nobody_maps_names_the_nearest(tmp_path):
    path = changed(tmp_path, lambda c: c["sources"].update(berkka=c["sources"]["berka"]))
    with pytest.raises(ConfigError, match=r"'sources\.berkka'.*no berkka\.yaml.*'berka'"):
        load_taxonomy(path, "simulated")


def test_an_override_of_an_unknown_task_names_the_nearest(tmp_path):
    path = changed(tmp_path, lambda c: c["sources"]["berka"].update(value_teir={}))
    with pytest.raises(ConfigError, match=r"'sources\.berka\.value_teir'.*'value_tier'"):
        load_taxonomy(path, "berka")


def test_a_misspelt_key_of_a_policy_names_the_nearest(tmp_path):
    path = changed(tmp_path, lambda c: c["default"]["churn"].update(horizon_day=3))
    with pytest.raises(ConfigError, match=r"'churn\.horizon_day'\. Did you mean 'horizon_days'"):
        load_taxonomy(path, "simulated")


def test_tiers_that_do_not_rise_are_refused(tmp_path):
    path = changed(tmp_path, lambda c: c["default"]["value_tier"]["tiers"].reverse())
    with pytest.raises(ConfigError, match="tiers should rise in from_units"):
        load_taxonomy(path, "simulated")


@pytest.mark.parametrize("levels", [[[1, 2], [3], [4]], [[1, 2], [2, 3], [4, 5]], [[1], [2, 6]]])
def test_each_declared_level_belongs_to_one_class(tmp_path, levels):
    wording = {"zh": "类", "en": "class"}
    classes = [
        {"name": f"c{i}", "wording": wording, "levels": each} for i, each in enumerate(levels)
    ]
    path = changed(tmp_path, lambda c: c["default"]["risk_appetite"].update(classes=classes))
    with pytest.raises(
        ConfigError, match="each level from 1 to 5 should stand in exactly one class"
    ):
        load_taxonomy(path, "simulated")


def test_a_task_with_one_class_only_is_refused(tmp_path):
    path = changed(
        tmp_path,
        lambda c: c["default"]["risk_appetite"].update(
            classes=c["default"]["risk_appetite"]["classes"][:1]
        ),
    )
    with pytest.raises(ConfigError, match=r"risk_appetite\.classes"):
        load_taxonomy(path, "simulated")


@pytest.mark.parametrize("content", ["", "- 1", "sources: {}", "default: {}\nextra: 1"])
def test_a_file_with_other_keys_at_the_top_is_refused(tmp_path, content):
    path = tmp_path / "taxonomy.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="expected the keys 'default' and 'sources'"):
        load_taxonomy(path, "simulated")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(default=[1, 2]),
        lambda c: c["default"].update(churn="often"),
        lambda c: c["sources"].update(berka=["churn"]),
        lambda c: c["sources"]["berka"].update(churn=90),
    ],
)
def test_a_policy_that_is_no_mapping_is_a_config_error(tmp_path, change):
    with pytest.raises(ConfigError, match="expected a mapping"):
        load_taxonomy(changed(tmp_path, change), "berka")


def test_the_served_horizon_is_one_of_those_that_are_labelled_and_changes_by_one_key(tmp_path):
    taxonomy = load_taxonomy(SHIPPED, "simulated")
    for task in TASKS:
        assert taxonomy.horizons(task) == (30, 90, 180)
        for days in (30, 90, 180):
            policy = {"horizon_days": days}
            path = changed(tmp_path, lambda c, t=task, p=policy: c["default"][t].update(p))
            switched = load_taxonomy(path, "simulated")
            assert switched.horizon_days(task) == days
            assert switched.horizons(task) == (30, 90, 180)


def test_a_horizon_named_twice_is_refused(tmp_path):
    path = changed(tmp_path, lambda c: c["default"]["churn"].update(also_days=[30, 30]))
    with pytest.raises(ConfigError, match=r"'churn': also_days should differ, found \[30, 30\]"):
        load_taxonomy(path, "simulated")


def test_the_silence_after_which_a_customer_is_gone_may_differ_by_horizon():
    policy = load_taxonomy(SHIPPED, "simulated").churn
    assert [policy.silence_days(days) for days in policy.horizons] == [10, 30, 30]
    assert load_taxonomy(SHIPPED, "berka").churn.silence_days(180) == 0


@pytest.mark.parametrize(
    ("silence", "fault"),
    [
        (30, r"inactive_days \(30\) should be shorter than the horizon of 30 days"),
        ({30: 10, 90: 100, 180: 30}, r"\(100\) should be shorter than the horizon of 90 days"),
        ({90: 30}, r"says nothing of the horizons \[30, 180\]"),
    ],
)
def test_a_silence_that_fills_a_horizon_or_is_not_told_of_one_is_refused(tmp_path, silence, fault):
    path = changed(tmp_path, lambda c: c["default"]["churn"].update(inactive_days=silence))
    with pytest.raises(ConfigError, match=fault):
        load_taxonomy(path, "simulated")


def test_borders_between_bands_that_do_not_rise_are_refused(tmp_path):
    path = changed(tmp_path, lambda c: c["default"]["segments"].update(age_years=[45, 30]))
    with pytest.raises(ConfigError, match="'segments': borders should rise"):
        load_taxonomy(path, "simulated")


def test_costs_are_stated_for_each_class_of_each_source():
    for source in ("simulated", "berka", "far_trans"):
        taxonomy = load_taxonomy(SHIPPED, source)
        for task in TASKS:
            classes = len(taxonomy.classes(task))
            assert [len(row) for row in taxonomy.costs(task)] == [classes] * classes


@pytest.mark.parametrize(
    ("costs", "fault"),
    [
        ([[0, 1], [5, 0], [1, 1]], r"2 rows of 2 numbers, one for each of stays, churns"),
        ([[0, 1, 2], [5, 0]], r"found rows of \[3, 2\]"),
        ([[1, 1], [5, 0]], r"costs of stays should be 0 where it is decided"),
        ([[0, 1], [0, 0]], r"costs of churns should be 0 where .* above 0"),
    ],
)
def test_costs_that_do_not_fit_the_classes_are_refused(tmp_path, costs, fault):
    path = changed(tmp_path, lambda c: c["default"]["churn"].update(costs=costs))
    with pytest.raises(ConfigError, match=fault):
        load_taxonomy(path, "simulated")

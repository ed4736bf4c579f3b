"""The summary states every candidate's figure, the model's lead, and what is served."""

from src.reports.overview.summary import summarise, summary_table


def found(winner="lightgbm"):
    figure = {"value": 0.8, "low": 0.75, "high": 0.85}
    return {
        "task": "churn",
        "primary": {"name": "auroc", "higher_is_better": True, "why": "…"},
        "candidates": {
            "lightgbm": {"auroc": figure},
            "base_rate": {"auroc": {"value": 0.5, "low": None, "high": None}},
        },
        "paired": {"base_rate": {"value": 0.3, "low": 0.25, "high": 0.35, "better": True}},
        "winner": winner,
        "reason": "because of the draws.",
    }


def test_the_table_has_aligned_columns():
    lines = summary_table({"churn": found()}, {}).splitlines()
    assert lines[0].split()[:3] == ["task", "yardstick", "candidate"]
    column = lines[0].index("figure")
    assert lines[2][column:].startswith("0.8000 [0.7500, 0.8500]")
    assert lines[3][column:].startswith("0.5000")
    assert "+0.3000 [+0.2500, +0.3500]" in lines[3]
    assert lines[2].endswith("served")
    assert not any(line != line.rstrip() for line in lines)


def test_an_unsupported_task_is_named_with_its_reason():
    text = summary_table({"churn": found()}, {"value_tier": "the source has no prices"})
    assert text.endswith("value_tier: not supported: the source has no prices\n")


def test_a_served_baseline_is_marked_and_explained():
    text = summary_table({"churn": found(winner="base_rate")}, {})
    assert "churn: a baseline is served. because of the draws." in text
    assert text.splitlines()[3].endswith("served")


def test_a_broken_gate_changes_what_is_served():
    [summary] = summarise({"churn": found()}, {}, served={"churn": "base_rate"})
    assert summary.served == "base_rate"
    assert [row[3] for row in summary.rows] == ["", "served"]


def test_without_any_supported_task_only_the_reasons_are_left():
    text = summary_table({}, {"churn": "no dates"})
    assert "churn: not supported: no dates" in text


def test_a_champion_of_an_earlier_run_marks_none_of_this_runs_candidates_and_says_why():
    kept = {"churn": "It is not significantly better."}
    [summary] = summarise({"churn": found()}, {}, kept=kept)
    assert [row[3] for row in summary.rows] == ["", ""]
    text = summary_table({"churn": found()}, {}, kept=kept)
    assert "churn: the champion of an earlier run is served on. lightgbm is not promoted: " in text
    assert text.endswith("It is not significantly better.\n")

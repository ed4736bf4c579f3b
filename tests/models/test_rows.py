import re

from src.models.rows import why_untrainable
from src.models.splits import split_rows
from tests.support.models.synthetic_tasks import CLASSES, PARAMS, panel


def test_a_source_too_small_is_told_so_before_training():
    _, labels, _ = panel()
    few = labels[labels["as_of"] < "2024-04-01"]
    late = labels.assign(label=labels["label"] * (labels["as_of"] < "2024-06-01"))
    cases = [
        (labels, None),
        (few, "churn: split: 3 labelled snapshots"),
        (labels.assign(label=1), "churn: development rows: .* too few classes"),
        (late, r"churn: test rows: .* too few classes .*churns: 0"),
    ]
    for rows, expected in cases:
        found = why_untrainable(rows, CLASSES[2], "churn", 60, PARAMS, 3)
        assert (found is None) == (expected is None)
        assert expected is None or re.match(expected, found)


def test_a_class_that_one_fold_alone_has_is_told_before_training():
    _, labels, _ = panel()
    early = labels["as_of"] < "2024-06-01"
    rare = labels.assign(label=labels["label"].where(~early, 0))
    split = split_rows(rare, 60, PARAMS.test_share, PARAMS.test_snapshots, 3)
    one = rare.loc[split.development, "arrival"].iloc[0]
    rare.loc[split.development, "label"] = (rare["arrival"] == one).astype(int)
    found = why_untrainable(rare, CLASSES[2], "churn", 60, PARAMS, 3)
    assert re.match(r"churn: development rows outside fold \d of 2: .*churns: 0", found)


def test_labels_of_one_instant_are_enough_to_train_on():
    _, labels, _ = panel()
    one = labels[labels["as_of"] == labels["as_of"].min()]
    assert why_untrainable(one, CLASSES[2], "churn", 60, PARAMS, 3) is None

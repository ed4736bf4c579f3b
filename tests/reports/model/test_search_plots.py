import numpy as np

from src.reports.model.search_plots import search_history
from tests.support.html_pages import Page

LOSSES = np.array([0.5, np.nan, 0.45, 0.47, np.nan])


def test_the_course_and_the_importance_are_one_chart_alike_each_time():
    one, two = (search_history(LOSSES, {"num_leaves": 0.7, "features": 0.3}) for _ in range(2))
    assert one == two
    words = Page(one).words
    for said in (
        "held-out log loss 验证对数损失",
        "best so far 目前最优",
        "given up early 提前终止",
        "num_leaves",
    ):
        assert said in words, said


def test_other_losses_give_another_course_and_no_importance_no_second_part():
    plain = search_history(LOSSES, {})
    assert plain != search_history(LOSSES[::-1].copy(), {})
    assert "share of the variation" not in plain
    assert "share of the variation" in search_history(LOSSES, {"num_leaves": 1.0})


def test_a_search_whose_first_trials_were_given_up_is_drawn():
    assert "best so far" in search_history(np.array([np.nan, 0.4]), {})

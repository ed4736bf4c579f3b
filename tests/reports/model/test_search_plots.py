import base64

import numpy as np

from src.reports.model.search_plots import search_history

LOSSES = np.array([0.5, np.nan, 0.45, 0.47, np.nan])


def test_the_course_and_the_importance_are_one_picture_alike_each_time():
    one, two = (search_history(LOSSES, {"num_leaves": 0.7, "features": 0.3}) for _ in range(2))
    assert one == two
    assert base64.b64decode(one.split(",")[1]).startswith(b"\x89PNG")


def test_other_losses_or_no_importance_give_another_picture():
    plain = search_history(LOSSES, {})
    assert plain != search_history(LOSSES, {"num_leaves": 1.0})
    assert plain != search_history(LOSSES[::-1].copy(), {})


def test_a_search_whose_first_trials_were_given_up_is_drawn():
    assert search_history(np.array([np.nan, 0.4]), {}).startswith("data:image/png")

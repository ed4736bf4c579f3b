"""Figures are the same bytes each time."""

import subprocess
import sys

import numpy as np
import pytest

from src.explain.drivers import feature_drivers
from src.explain.values import explain
from src.reports.document.page import both
from src.reports.model import plots
from tests.support.html_pages import Page
from tests.support.models.known_causes import SPEC


@pytest.fixture(scope="module")
def drawn(risk, X):
    explanation = explain(risk, X)
    drivers = feature_drivers(explanation, X, SPEC, "risk_appetite")
    names = [driver.name for driver in drivers]
    places = [SPEC.names.index(name) for name in names]
    return drivers, X[names].to_numpy(), explanation.upwards()[:, places]


@pytest.mark.parametrize("plot", [plots.beeswarm, plots.dependence])
def test_charts_of_drivers_have_the_same_bytes_and_name_no_software(plot, drawn):
    first, second = plot(*drawn), plot(*drawn)
    assert first == second
    assert "matplotlib" not in first.lower()
    assert "<image" in first  # thousands of dots are one picture
    assert "\u25a1" not in first  # no place is left that stood for a Chinese character


def test_every_feature_is_named_in_both_languages(drawn):
    words = Page(plots.beeswarm(*drawn)).words
    for driver in drawn[0]:
        assert driver.wording.en in words
        assert driver.wording.zh in words


def test_curves_have_the_same_bytes_no_date_and_texts_in_both_languages():
    x, rows = np.linspace(0, 1, 10), np.full(10, 20.0)
    stays, churns = both("Stays", "留存"), both("Churns", "流失")
    curves = [(stays, x, x**2, x**2 / 2, x, rows), (churns, x, x, x / 2, x, rows)]
    for draw, said in (
        (lambda: plots.reliability(curves), "Churns 流失"),
        (lambda: plots.lift_curve(x[::-1] * 3, x), "cumulative gain, % 累计覆盖率,%"),
    ):
        assert draw() == draw()
        found = Page(draw())
        assert said in found.words
        assert "date" not in draw()
        assert set(found.values("lang")) == {"en", "zh-CN"}
        assert {"en", "zh"} <= set(found.values("class", "tspan"))


def test_two_texts_that_look_alike_in_english_keep_their_own_chinese():
    x, rows = np.linspace(0, 1, 10), np.full(10, 20.0)
    alike = [(both("Low", zh), x, x, x, x, rows) for zh in ("低", "弱")]
    words = Page(plots.reliability(alike)).words
    assert "Low 低" in words
    assert "Low 弱" in words


def test_a_name_with_dollar_signs_is_printed_as_it_is():
    x, rows = np.linspace(0, 1, 10), np.full(10, 20.0)
    dear = both("$1 to $9 <b>", "1 到 9")
    assert "$1 to $9 <b> 1 到 9" in Page(plots.reliability([(dear, x, x, x, x, rows)])).words


def test_nothing_to_draw_gives_no_picture():
    assert plots.dependence([], np.empty((0, 0)), np.empty((0, 0))) == ""


def test_drawing_leaves_the_styles_and_the_backend_of_others_alone():
    code = (
        "import matplotlib; before = dict(matplotlib.rcParams);"
        "import numpy as np; from src.reports.model import plots;"
        "plots.lift_curve(np.ones(10), np.ones(10));"
        "now = dict(matplotlib.rcParams);"
        "assert {k for k in now if now[k] != before[k]} <= {'backend'}, now;"
        "import matplotlib.pyplot as p; assert not p.get_fignums()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

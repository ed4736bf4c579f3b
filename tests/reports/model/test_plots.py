"""Figures are the same bytes each time."""

import base64
import subprocess
import sys

import numpy as np
import pytest

from src.explain.drivers import feature_drivers
from src.explain.values import explain
from src.reports.model import plots
from tests.support.models.known_causes import SPEC


@pytest.fixture(scope="module")
def drawn(risk, X):
    explanation = explain(risk, X)
    drivers = feature_drivers(explanation, X, SPEC, "risk_appetite")
    names = [driver.name for driver in drivers]
    places = [SPEC.names.index(name) for name in names]
    return drivers, X[names].to_numpy(), explanation.upwards()[:, places]


def content(uri, kind):
    head, body = uri.split(",", 1)
    assert head == f"data:{kind};base64"
    return base64.b64decode(body)


@pytest.mark.parametrize("plot", [plots.beeswarm, plots.dependence])
def test_pictures_of_drivers_are_png_with_the_same_bytes_and_no_software_name(plot, drawn):
    first, second = plot(*drawn), plot(*drawn)
    assert first == second
    png = content(first, "image/png")
    assert png.startswith(b"\x89PNG")
    assert b"Software" not in png
    assert b"matplotlib" not in png.lower()


def test_curves_are_svg_with_the_same_bytes_and_no_date():
    x, rows = np.linspace(0, 1, 10), np.full(10, 20.0)
    curves = [("Stays", x, x**2, x**2 / 2, x, rows), ("Churns", x, x, x / 2, x, rows)]
    for draw in (lambda: plots.reliability(curves), lambda: plots.lift_curve(x[::-1] * 3, x)):
        assert draw() == draw()
        svg = content(draw(), "image/svg+xml")
        assert b"<svg" in svg
        assert b"dc:date" not in svg


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

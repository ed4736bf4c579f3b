"""One chart as SVG markup whose texts are in both languages; with plots.py and search_plots.py the
one place for matplotlib.

A chart has the same bytes for the same input: no clock, no version and no random salt inside. It is
drawn without pyplot, so no backend or style is set for others. Texts stay text, so that the page's
fonts show Chinese and the page's switch hides a language.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape, unescape
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from src.core.taxonomy import Wording

INK, MUTED, BLUE, RED, GRID = "#1b2733", "#5b6b7b", "#1f6f8b", "#b3402e", "#d9e0e6"
FONTS = (
    "Segoe UI, Helvetica Neue, Arial, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, "
    "Noto Sans SC, sans-serif"
)
_STYLE: Any = {
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "path.simplify": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "kehu",
    "text.color": INK,
    "text.parse_math": False,  # a class or feature may be named with dollar signs
    "xtick.color": MUTED,
    "ytick.color": MUTED,
}
# Each stands for one Chinese character while the chart is laid out: the font has no Chinese.
_PLACE = "\u25a1"
_NO_WIDTH = "\u200b"


class Chart:
    """A figure under way. name: tells its ids from those of the page's other charts."""

    def __init__(self, name: str, width: float, height: float) -> None:
        self.figure = Figure(figsize=(width, height), layout="constrained")
        self._name = name
        self._said: dict[str, Wording] = {}

    def say(self, text: Wording, en: bool = True, zh: bool = True) -> str:
        """The text to hand to matplotlib for one or both languages of `text`, as wide as both."""
        shown = Wording(zh=text.zh if zh else "", en=text.en if en else "")
        if zh and en and text.zh == text.en:
            shown = Wording(zh="", en=text.en)
        key = f"{shown.en} {_PLACE * len(shown.zh)}".strip()
        while self._said.setdefault(key, shown) != shown:
            key += _NO_WIDTH
        return key

    def svg(self) -> str:
        """The chart as markup for the inside of a page."""
        stream = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        self.figure.savefig(stream, format="svg", dpi=130, metadata=nothing)
        text = stream.getvalue()
        text = text[text.index("<svg") :].strip()
        text = re.sub(
            r"<!--.*?-->|<metadata>.*?</metadata>| xmlns(:xlink)?=\"[^\"]*\"", "", text, flags=re.S
        )
        text = re.sub(r" font-family: [^;\"]*;", "", text)
        text = re.sub(r"(<text[^>]*>)([^<]*)(</text>)", self._in_both, text)
        text = text.replace("<svg ", f'<svg font-family="{FONTS}" ', 1)
        return _with_ids(text, self._name)

    def _in_both(self, found: re.Match[str]) -> str:
        before, content, after = found.groups()
        said = self._said.get(unescape(content))
        if said is None:
            return found.group(0)
        parts = (("en", "en", said.en), ("zh", "zh-CN", said.zh))
        spans = [
            f'<tspan class="{name}" lang="{lang}">{escape(text, quote=False)}</tspan>'
            for name, lang, text in parts
            if text
        ]
        return before + " ".join(spans) + after


@contextmanager
def chart(name: str, width: float, height: float) -> Iterator[Chart]:
    """A chart of so many inches, in the style of all charts of the reports."""
    with rc_context(_STYLE):
        yield Chart(name, width, height)


def _with_ids(svg: str, name: str) -> str:
    """The markup with the ids alone that it refers to, each under the chart's name."""
    used = set(re.findall(r"(?:url\(#|xlink:href=\"#)([^)\"]+)", svg))
    svg = re.sub(r" id=\"([^\"]*)\"", lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", svg)
    return re.sub(r"(url\(#|xlink:href=\"#)([^)\"]+)", rf"\1{name}-\2", svg)

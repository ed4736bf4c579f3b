"""Small charts as SVG markup; the page's style colours them. They hold numbers, no words."""

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _TOP, _FOOT = 440, 120, 16, 16


def columns(values: Sequence[float]) -> str:
    """One column per value, the last one set apart, the largest value as text."""
    largest = max([*values, 1])
    step = _WIDTH / max(len(values), 1)
    parts = [
        _bar(place * step, step * 0.8, value / largest, "now" if last else "was")
        for place, value in enumerate(values)
        for last in [place == len(values) - 1]
    ]
    return _picture([*parts, _text(0, _TOP - 5, f"{largest:,.0f}")])


def pairs(before: Sequence[float], now: Sequence[float], labels: Sequence[str]) -> str:
    """Two columns per bin, before and now, both as shares in [0, 1]."""
    largest = max([*before, *now, 1e-9])
    step = _WIDTH / max(len(labels), 1)
    parts = []
    for place, (was, is_now, label) in enumerate(zip(before, now, labels, strict=True)):
        left = place * step
        parts.append(_bar(left, step * 0.38, was / largest, "was"))
        parts.append(_bar(left + step * 0.4, step * 0.38, is_now / largest, "now"))
        parts.append(_text(left, _HEIGHT - 4, _short(label, step)))
    return _picture([*parts, _text(0, _TOP - 5, f"{100 * largest:.3g}%")])


def _bar(left: float, width: float, height: float, kind: str) -> str:
    tall = max(height, 0.0) * (_HEIGHT - _TOP - _FOOT)
    top = _HEIGHT - _FOOT - tall
    return (
        f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{tall:.1f}"/>'
    )


def _text(left: float, base: float, text: str) -> str:
    return f'<text class="text" x="{left:.1f}" y="{base:.1f}">{escape(text)}</text>'


def _short(text: str, width: float) -> str:
    most = max(int(width / 7), 1)
    return text if len(text) <= most else text[: most - 1] + "…"


def _picture(parts: Sequence[str]) -> str:
    foot = _HEIGHT - _FOOT
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{foot}" y2="{foot}"/>{"".join(parts)}</svg>'
    )

"""A page keeps both languages apart for its reader, and its slots can be filled again."""

import shutil
import subprocess
from pathlib import Path

import pytest

from src.core.errors import ModelError
from src.reports.document.page import (
    Badge,
    Document,
    Folded,
    Note,
    Paragraph,
    Picture,
    Section,
    Slot,
    Table,
    both,
    fill,
    render,
)
from tests.support.html_pages import Page

TITLE = both("Title", "标题")
CHART = (
    '<svg><text><tspan class="en" lang="en">axis</tspan> '
    '<tspan class="zh" lang="zh-CN">轴</tspan></text></svg>'
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Which texts are seen, written to where a browser without a window can print it.
_SEEN = """<script>addEventListener("load", () => {
  const seen = [...document.querySelectorAll("main .en, main .zh")].filter(
    (e) => getComputedStyle(e).display !== "none");
  const names = seen.map((e) => e.getAttribute("lang") + "-" + e.localName);
  document.documentElement.innerHTML = "SEEN " + names.join(" ") + " END";
})</script>"""


def page(*blocks) -> str:
    return render(Document(TITLE, TITLE, [Section("one", TITLE, blocks)], TITLE))


def test_a_slot_is_replaced_and_nothing_else():
    html = page(Note(both("before", "前")), Slot("state", [Badge(both("old", "旧"))]))
    filled = fill(html, "state", [Badge(both("new & <b>", "新"), "good")])
    assert "new &amp; &lt;b&gt;" in filled
    assert "old" not in Page(filled).words
    assert fill(filled, "state", [Badge(both("old", "旧"))]) == html


@pytest.mark.parametrize("slots", [0, 2])
def test_a_slot_that_is_missing_or_there_twice_is_refused(slots):
    html = page(*[Slot("state", [])] * slots)
    with pytest.raises(ModelError, match=f"the report has {slots} blocks named 'state'"):
        fill(html, "state", [])


def test_text_cannot_end_a_slot():
    text = both("<!-- end of state -->", "<!-- end of state -->")
    html = page(Slot("state", [Paragraph(text)]))
    assert fill(fill(html, "state", []), "state", [Paragraph(text)]) == html


def test_what_is_folded_is_in_the_page_below_its_summary():
    rows = [[str(number)] for number in range(3)]
    table = Table(both("Files", "文件"), [both("File", "文件")], rows)
    html = page(Folded(both("All files", "全部文件"), [table]))
    inside = html[html.index("<details>") : html.index("</details>")]
    assert "All files" in inside
    assert inside.count("<tr>") == 4


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    ("chosen", "languages"),
    [("both", {"en", "zh-CN"}), ("en", {"en"}), ("zh", {"zh-CN"})],
)
def test_the_switch_shows_the_language_that_is_chosen(chosen, languages, tmp_path: Path):
    html = page(
        Paragraph(both("text", "文字")),
        Table(both("Caption", "说明"), [both("Column", "列")], [[both("cell", "格")]]),
        Picture(CHART, both("what it shows", "图示"), both("Chart", "图")),
    )
    html = html.replace('id="show-both" checked', 'id="show-both"')
    html = html.replace(f'id="show-{chosen}"', f'id="show-{chosen}" checked')
    policy = html[html.index('<meta http-equiv="Content-Security-Policy"') :]
    html = html.replace(policy[: policy.index(">") + 1], _SEEN)  # the test's own script may run
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    done = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            (tmp_path / "page.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    seen = set(done.stdout.split("SEEN ")[1].split(" END")[0].split())
    assert seen == {f"{lang}-{tag}" for lang in languages for tag in ("p", "span", "tspan")}

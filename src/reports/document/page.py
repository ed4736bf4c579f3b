"""A report as plain data: sections of a few kinds of block, rendered to one self-contained page.

Everything is text that the template escapes, but for figures, which are SVG markup. There is no
script. A page shows both languages; its reader may choose one of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from src.core.errors import ModelError
from src.core.taxonomy import Wording

TEMPLATES = Path(__file__).parent / "templates"
Text = str | Wording
Tone = Literal["plain", "good", "warning", "bad"]


@dataclass(frozen=True)
class Paragraph:
    """Running text in both languages."""

    text: Wording
    block: ClassVar[str] = "paragraph"


@dataclass(frozen=True)
class Badge:
    """A verdict in a few words, in the page's header."""

    text: Wording
    tone: Tone = "plain"
    block: ClassVar[str] = "badge"


@dataclass(frozen=True)
class Note:
    """A statement set apart: a verdict or a caution."""

    text: Wording
    tone: Tone = "plain"
    block: ClassVar[str] = "note"


@dataclass(frozen=True)
class Facts:
    """Pairs of a name and what it is."""

    rows: Sequence[tuple[Text, Text]]
    block: ClassVar[str] = "facts"


@dataclass(frozen=True)
class Cell:
    """A cell that stands out: by weight of its type, or by a shade from 0 to 1."""

    text: Text
    strong: bool = False
    shade: float = 0.0


@dataclass(frozen=True)
class Table:
    """Columns with headings; the first `labels` of them are left-aligned row headings."""

    caption: Wording
    columns: Sequence[Text]
    rows: Sequence[Sequence[Text | Cell]]
    labels: int = 1
    block: ClassVar[str] = "table"


@dataclass(frozen=True)
class Bar:
    """One bar from `start` to `end`, both in [0, 1] of the width; the tone gives its colour."""

    label: Text
    note: Text
    start: float
    end: float
    value: str
    tone: Literal["rise", "fall", "total"] = "total"


@dataclass(frozen=True)
class Bars:
    """A bar chart or waterfall made of table rows, readable without seeing it."""

    caption: Wording
    label: Wording
    note: Wording
    value: Wording
    rows: Sequence[Bar]
    block: ClassVar[str] = "bars"


@dataclass(frozen=True)
class Picture:
    """A figure as SVG markup, with what a reader who can't see it should know."""

    svg: str
    alt: Wording
    caption: Wording
    narrow: bool = False
    block: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Subheading:
    """A heading inside a section."""

    text: Wording
    block: ClassVar[str] = "subheading"


@dataclass(frozen=True)
class Listing:
    """A numbered list of statements."""

    rows: Sequence[Wording]
    block: ClassVar[str] = "listing"


@dataclass(frozen=True)
class Links:
    """Links to pages that lie beside this one."""

    rows: Sequence[tuple[str, Wording]]
    block: ClassVar[str] = "links"


@dataclass(frozen=True)
class Folded:
    """Blocks that the reader opens when they want them."""

    summary: Wording
    blocks: Sequence["Block"]
    block: ClassVar[str] = "folded"


@dataclass(frozen=True)
class Slot:
    """Blocks between two marks of their own, which `fill` replaces in a page that exists."""

    name: str
    blocks: Sequence["Block"]
    block: ClassVar[str] = "slot"


Block = (
    Paragraph
    | Badge
    | Note
    | Facts
    | Table
    | Bars
    | Picture
    | Subheading
    | Listing
    | Links
    | Folded
    | Slot
)


@dataclass(frozen=True)
class Section:
    """One numbered part of a report; `anchor` is its address within the page."""

    anchor: str
    title: Wording
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole page. header: what stands below the title, such as a badge."""

    title: Wording
    subtitle: Wording
    sections: Sequence[Section]
    footer: Wording
    header: Sequence[Block] = ()


def render(document: Document) -> str:
    """The page as HTML: the same text for the same document."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return _template("document.html.j2").render(document=document, style=style)


def fill(html: str, name: str, blocks: Sequence[Block]) -> str:
    """The rendered page with other blocks in the slot `name`; nothing else changes.

    Raises ModelError unless the page has that slot once.
    """
    slot = re.compile(f"<!-- slot {re.escape(name)} -->.*?<!-- end of {re.escape(name)} -->", re.S)
    if (found := len(slot.findall(html))) != 1:
        raise ModelError(
            f"the report has {found} blocks named {name!r}; expected one. Render the report anew "
            "with this version of Kehu: `dvc repro`."
        )
    text = _template("slot.html.j2").render(slot=Slot(name, blocks)).strip()
    return slot.sub(lambda _: text, html)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["bilingual"] = lambda text: isinstance(text, Wording)
    environment.tests["cell"] = lambda text: isinstance(text, Cell)
    return environment.get_template(name)


def both(en: str, zh: str) -> Wording:
    """A text in English and Chinese, in the order in which reports print them."""
    return Wording(zh=zh, en=en)

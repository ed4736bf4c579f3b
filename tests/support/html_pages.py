"""A report as its reader's browser takes it apart, and what holds of every report."""

import re
from html.parser import HTMLParser

_VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Tags, which must match, attributes as (tag, name, value), ids and the words to be read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self._text.append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self._text))

    @property
    def ids(self) -> list[str | None]:
        return self.values("id")

    def values(self, name: str, tag: str | None = None) -> list[str | None]:
        """The values of an attribute, of one kind of tag or of all."""
        return [v for t, n, v in self.attributes if n == name and tag in (None, t)]

    def hold_sections(self, names: list[str]) -> None:
        """Hold that the sections stand in this order, and that the contents lead to each."""
        assert [name for name in self.ids if name in names] == names
        links = [link for link in self.values("href", "a") if link != "#main"]
        assert links == [f"#{name}" for name in names]

    def hold_self_contained(self) -> None:
        """Hold that nothing is fetched or run, and that its charts are in the page itself."""
        assert "script" not in self.tags
        assert "link" not in self.tags
        assert not re.search(r"https?://|@import|url\((?!#)", self.html)
        assert not any(name.startswith("on") for _, name, _ in self.attributes)
        assert "img" not in self.tags
        assert "svg" in self.tags
        inside = [*self.values("href"), *self.values("xlink:href")]
        pages = ("#", "data:image/png;base64,")
        assert all(link and link.startswith(pages) for link in inside), inside

    def hold_accessible(self) -> None:
        """Hold that charts have texts, both languages are marked, and no id is twice."""
        charts = re.findall(r"<figure.*?</figure>", self.html, re.S)
        assert len(charts) == self.tags.count("svg")
        for chart in charts:
            said = re.search(r'<p class="unseen">(.*?)</p>', chart, re.S)
            assert said
            assert 'lang="en"' in said[1]
            assert 'lang="zh-CN"' in said[1]
            assert 'aria-hidden="true"' in chart
        assert set(self.values("lang")) == {"en", "zh-CN"}
        assert len(self.ids) == len(set(self.ids))

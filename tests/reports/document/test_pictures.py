import xml.etree.ElementTree as ET
from pathlib import Path

from src.core.taxonomy import Wording
from src.reports.document.page import Document, Picture, Section, both, render
from src.reports.document.pictures import write_pictures

_IMAGE = '<image xlink:href="data:image/png;base64,AAAA"/>'


def page(*drawn: str) -> str:
    alt = both("what it shows", "图示")
    pictures = [Picture(svg, alt, Wording(zh="图", en="Chart")) for svg in drawn]
    title = both("Charts", "图表")
    return render(Document(title, title, [Section("charts", title, pictures)], title))


def test_every_chart_becomes_a_file_that_stands_alone(tmp_path: Path) -> None:
    html = page('<svg width="1"><text>one</text></svg>', f'<svg width="2">{_IMAGE}</svg>')
    one, two = write_pictures(html, tmp_path)
    assert [path.name for path in (one, two)] == ["picture_01.svg", "picture_02.svg"]
    assert "".join(ET.parse(one).getroot().itertext()) == "one"
    assert ET.parse(two).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_a_report_without_charts_gives_no_files(tmp_path: Path) -> None:
    assert write_pictures(page(), tmp_path) == []

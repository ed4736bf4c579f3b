import base64
from pathlib import Path

from src.reports.document.pictures import write_pictures


def test_every_embedded_picture_becomes_a_file_with_its_own_bytes(tmp_path: Path) -> None:
    encoded = base64.b64encode(b"bytes of a picture").decode()
    html = (
        f'<img src="data:image/png;base64,{encoded}"><img src="data:image/svg+xml;base64,PHN2Zy8+">'
    )
    png, svg = write_pictures(html, tmp_path)
    assert png.read_bytes() == b"bytes of a picture"
    assert svg.read_text() == "<svg/>"
    assert (png.suffix, svg.suffix) == (".png", ".svg")


def test_a_report_without_pictures_gives_no_files(tmp_path: Path) -> None:
    assert write_pictures("<p>None</p>", tmp_path) == []

"""Of deliveries with the same bytes the first to arrive is the one that the others copy."""

from src.core.files import digest
from src.sources.reading import deliveries
from src.sources.reading.deliveries import copies


def test_a_copy_names_the_first_delivery_with_its_bytes(tmp_path):
    contents = {"c": "one", "a": "two", "b": "one", "e": "longer", "d": "one"}
    for name, text in contents.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert copies(tmp_path, list(contents)) == {"b": "c", "d": "c"}


def test_only_files_of_one_size_are_read(tmp_path, monkeypatch):
    read = []

    def noted(path, algorithm):
        read.append(path.name)
        return digest(path, algorithm)

    monkeypatch.setattr(deliveries, "digest", noted)
    for name, text in (("a", "x"), ("b", "xy"), ("c", "zy")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert copies(tmp_path, ["a", "b", "c"]) == {}
    assert read == ["b", "c"]

"""The notebooks run from top to bottom on the pipeline's outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.project.checkout import PROJECT, Checkout


@pytest.mark.parametrize("name", [p.name for p in sorted((PROJECT / "notebooks").glob("*.ipynb"))])
def test_a_notebook_runs_to_its_end(small_bank: Checkout, name: str) -> None:
    path = small_bank.folder / "notebooks" / name
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=120, resources=resources).execute()


@pytest.mark.parametrize("name", [p.name for p in sorted((PROJECT / "notebooks").glob("*.ipynb"))])
def test_a_notebook_is_committed_without_outputs(name: str) -> None:
    notebook = nbformat.read(Path(PROJECT / "notebooks" / name), as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)

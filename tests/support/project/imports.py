"""Which files of code a module runs, as import-linter sees them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp

PROJECT = Path(__file__).resolve().parents[3]


@cache
def graph() -> grimp.ImportGraph:
    """Who imports whom in src, imports inside of functions included."""
    return grimp.build_graph("src", cache_dir=None)


def files_run_by(*modules: str) -> set[str]:
    """The modules' files and those of all that they import, directly or not, relative to the
    project. A package that holds nothing but its docstring has no file."""
    found: set[str] = set()
    waiting = set(modules)
    while waiting:
        module = waiting.pop()
        found.add(module)
        new = {*graph().find_modules_directly_imported_by(module), *_packages_of(module)}
        waiting |= new - found
    return {path for module in found if (path := _file_of(module))}


def _packages_of(module: str) -> Iterator[str]:
    """Those that Python runs first."""
    parts = module.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts)))


def _file_of(module: str) -> str:
    path = Path(*module.split("."))
    if (PROJECT / path).is_dir():
        path /= "__init__.py"
        body = ast.parse((PROJECT / path).read_text("utf-8")).body
        return path.as_posix() if body[1:] else ""
    return path.with_suffix(".py").as_posix()

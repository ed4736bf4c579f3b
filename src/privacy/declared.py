"""What privacy has to know of a mapping (src/sources/mapping), which stands a layer above."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Column(Protocol):
    """A column of a raw file, as a mapping declares it."""

    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def private(self) -> str | None: ...  # noqa: D102


class File(Protocol):
    """A raw file, as a mapping declares it."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def delimiter(self) -> str: ...  # noqa: D102
    @property
    def quote(self) -> str: ...  # noqa: D102
    @property
    def encoding(self) -> str: ...  # noqa: D102
    @property
    def skip_rows(self) -> int: ...  # noqa: D102
    @property
    def columns(self) -> Mapping[str, Column]: ...  # noqa: D102


class Source(Protocol):
    """A mapping (src/sources/mapping/mapping.py), as far as privacy has to know it."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def files(self) -> Mapping[str, File]: ...  # noqa: D102
    @property
    def identities(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, Sequence[Any]]: ...  # noqa: D102

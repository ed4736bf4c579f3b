"""Which source a command works on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from src.core.errors import ConfigError, nearest

VARIABLE = "KEHU_SOURCE"
DEFAULT = "simulated"
MAPPINGS = Path("configs/sources")

F = TypeVar("F", bound=Callable[..., Any])


def chosen_source(value: str | None) -> str:
    """The source that `value` names, else $KEHU_SOURCE, else the simulated bank.

    Raises ConfigError naming the nearest source if it has no mapping.
    """
    wanted = value or os.environ.get(VARIABLE) or DEFAULT
    known = [path.stem for path in MAPPINGS.glob("*.yaml")]
    if wanted not in known:
        told = "" if value else f"${VARIABLE}: "
        raise ConfigError(f"{told}{wanted!r} is no source of {MAPPINGS}. {nearest(wanted, known)}")
    return wanted


def source_option(command: F) -> F:
    """Give a command the option --source."""
    option = click.option(
        "--source",
        metavar="NAME",
        callback=_chosen,
        help=f"A mapping of {MAPPINGS}; by default ${VARIABLE}, else {DEFAULT}.",
    )
    return option(command)


def _chosen(ctx: click.Context, _: click.Parameter, value: str | None) -> str:
    try:
        return chosen_source(value)
    except ConfigError as error:
        raise click.UsageError(str(error), ctx) from None

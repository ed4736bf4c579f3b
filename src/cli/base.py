"""What all commands share: groups, examples, kinds of words, JSON."""

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from src.core.errors import KehuError, nearest

EXIT_CODES = {
    0: "done",
    1: "refused or failed; one line on standard error says why and what to do",
    2: "the command line is wrong: an unknown command, option, task or source",
    3: "the command did its work and found something: a broken gate, a leak, a faulty mapping",
}
FOUND = 3

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


class CommandLineError(KehuError):
    """The command line is wrong."""

    exit_status = 2


class FindingError(KehuError):
    """A command did its work, and what it found asks for action."""

    exit_status = FOUND


def example(*lines: str) -> str:
    """The epilog of a command's help: lines to copy.

    >>> example("kehu run").splitlines()[1:]
    ['Example:', '  kehu run']
    """
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])


class GivenPath(click.Path):
    """A path relative to the folder in which the user stands, as one relative to the project."""

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002
        ctx: click.Context | None,
    ) -> Path:
        """The path, which need not exist; an absolute one as it is."""
        here = (ctx.find_object(Path) if ctx else None) or Path.cwd()
        return Path(value) if Path(value).is_absolute() else Path(os.path.relpath(here / value))


class Task(click.ParamType[str]):
    """A task, such as churn."""

    name = "task"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The task, if there is one of that name."""
        from src.core.schemas import TASKS

        if value not in TASKS:
            self.fail(f"{value!r} is no task. {nearest(value, TASKS)}", param, ctx)
        return str(value)


class CustomersFromInput(click.Command):
    """A command that looks customers up, and refuses to be told them by arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse options alone. What else was given may be a name, so it is not repeated."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            raise click.UsageError(
                "found an argument, which other users of the machine can see; expected customers "
                "on standard input, one a line, or an answer to the question.",
                ctx,
            )
        return rest


def print_json(content: Any) -> None:
    """Print plain values as JSON on standard output, dates as text."""
    click.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=str))


def asked_for(what: str) -> list[str]:
    """What is to be looked up, one a line: from standard input, or a question on a terminal.

    It never comes from an argument, which every user of the machine could read in `ps`.
    """
    if sys.stdin.isatty():
        click.echo(f"{what}, one a line; an empty line ends:", err=True)
        lines = iter(lambda: sys.stdin.readline().strip(), "")
    else:
        lines = iter(line.strip() for line in sys.stdin)
    found = [line for line in lines if line]
    if not found:
        raise CommandLineError(f"{what}: found none; expected them on standard input, one a line.")
    return found


def refuse(error: click.ClickException) -> NoReturn:
    """Tell a wrong command line in one line that names the nearest known word."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        sys.exit(CommandLineError.exit_status)
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "kehu"
    raise CommandLineError(f"{_said(error, context)} See `{path} --help`.") from None


def _said(error: click.ClickException, context: click.Context | None) -> str:
    if isinstance(error, click.NoSuchOption) and context:
        known = [word for each in context.command.get_params(context) for word in each.opts]
        options = [word for word in known if word.startswith("--")]
        return f"no option {error.option_name}. {nearest(error.option_name, options)}"
    if isinstance(error, click.exceptions.NoSuchCommand) and context:
        commands = context.command.commands if isinstance(context.command, click.Group) else ()
        return f"no command {error.command_name!r}. {nearest(error.command_name, commands)}"
    return " ".join(error.format_message().split())

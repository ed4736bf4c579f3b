"""Every command of the tree: its help, its words, and what may stand in an argument."""

from collections.abc import Iterator

import click
import pytest

from src.cli.app import kehu as root
from src.cli.base import EXIT_CODES
from tests.support.cli.command import asked

# These read whom they look up from standard input; see the module src.cli.customers.
LOOKING = {"kehu privacy find", "kehu privacy accesses", "kehu erase", "kehu quality lineage"}
# What an argument of a looking command may hold: the place of a row, and folders.
HARMLESS = {"table", "row", "ledger", "source", "yes", "key", "customer", "as_json", "help"}
FOR_MACHINES = {
    *("run", "promote", "rollback", "monitor", "changes", "source check", "features audit"),
    *("privacy find", "privacy accesses", "quality lineage"),
}


def tree(command: click.Command, path: str = "kehu") -> Iterator[tuple[str, click.Command]]:
    """All commands and groups below one, itself first, by the words that call them."""
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from tree(each, f"{path} {name}")


TREE = dict(tree(root))


def test_the_tree_has_the_commands_of_the_design() -> None:
    assert {path.removeprefix("kehu ") for path, each in TREE.items() if not is_group(each)} == {
        *("run", "promote", "rollback", "serve", "monitor", "changes", "erase"),
        *("source draft", "source check", "source train-linkage"),
        *("features dictionary", "features audit", "params reference"),
        *("privacy init", "privacy find", "privacy accesses", "quality lineage"),
    }


def is_group(command: click.Command) -> bool:
    return isinstance(command, click.Group)


@pytest.mark.parametrize("path", sorted(TREE))
def test_help_has_an_example_that_names_the_command(path: str) -> None:
    said = asked(*path.split()[1:], "--help").stdout
    example = said.partition("Example:\n")[2].splitlines()
    assert any(path in line for line in example)
    assert TREE[path].help
    assert "..." not in said.partition("Commands:")[2], "a first sentence is cut off"


def test_the_exit_statuses_and_the_completion_are_in_the_help() -> None:
    said = asked("--help").stdout
    for status, meaning in EXIT_CODES.items():
        assert f"{status}  {meaning}" in said
    assert "_KEHU_COMPLETE=bash_source kehu" in said


@pytest.mark.parametrize("path", sorted(FOR_MACHINES))
def test_what_machines_read_has_json(path: str) -> None:
    options = [word for each in TREE[f"kehu {path}"].params for word in each.opts]
    assert "--json" in options


@pytest.mark.parametrize("path", sorted(LOOKING))
def test_no_argument_can_hold_whom_a_command_looks_up(path: str) -> None:
    assert {each.name for each in TREE[path].params} <= HARMLESS
    flags = [each for each in TREE[path].params if each.name in {"yes", "key", "customer"}]
    assert all(isinstance(each, click.Option) and each.is_flag for each in flags)


@pytest.mark.parametrize("path", sorted(LOOKING - {"kehu quality lineage"}))
def test_a_name_in_an_argument_is_refused_and_not_repeated(path: str) -> None:
    done = asked(*path.split()[1:], "王伟", "13800138000")
    assert isinstance(done.exception, click.UsageError)
    assert "on standard input" in done.exception.message
    assert "王伟" not in done.exception.message + done.output
    assert "13800138000" not in done.exception.message + done.output

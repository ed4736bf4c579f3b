"""The command `kehu`: one module for each group of commands, and nothing but words in and out.

A command reads its words, calls a function of a room below and prints what that returns. Rooms are
imported inside the commands, so that help and completion answer at once. This room may import all
others; none imports it. Its front door is `run`.
"""

from src.cli.app import run

__all__ = ["run"]

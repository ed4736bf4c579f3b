"""Progress goes to stderr, so that a command's answer on stdout stays clean."""

from src.core.progress import say, step


def test_a_step_says_its_start_and_its_end_on_stderr(capsys):
    with step("train", "search"):
        say("train", "trial 1")
    written = capsys.readouterr()
    assert written.out == ""
    lines = written.err.splitlines()
    assert lines[:2] == ["[train] search …", "[train] trial 1"]
    assert lines[2].startswith("[train] search: ")

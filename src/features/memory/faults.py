"""Where this engine steps back: another one, that can do everything, answers instead."""


class Unsupported(Exception):  # noqa: N818 - not an error: another engine answers
    """The plan has an operation that is not written here."""


class OutOfBounds(Exception):  # noqa: N818 - not an error: another engine answers, or says what is
    """A number of this ledger does not fit its type here."""

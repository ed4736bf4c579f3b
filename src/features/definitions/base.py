"""What every definition tells of itself: its name, what it is computed from, how, and over when."""

from src.core.config import Settings

HISTORY, NOW = "all history", "at as_of"


class Base(Settings):
    """Base of the kinds of definition."""

    @property
    def name(self) -> str:
        """The feature's name, derived from what it computes."""
        raise NotImplementedError

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the features that this one is computed from."""
        return ()

    @property
    def window_days(self) -> int | None:
        """The days before as_of beyond which no event counts; None where all history may."""
        return None

    @property
    def formula(self) -> str:
        """What is computed, in one line."""
        raise NotImplementedError

    @property
    def window(self) -> str | None:
        """Over what time, such as "90 days"; None where the features that it needs say it."""
        raise NotImplementedError

    @property
    def tables(self) -> tuple[str, ...]:
        """The ledger tables that are read, beyond those of the features that it needs."""
        raise NotImplementedError

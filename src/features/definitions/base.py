"""What every definition tells of itself: its name and the features that it is computed from."""

from src.core.config import Settings


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

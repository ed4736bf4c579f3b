"""How many drawn examples a slow test takes."""

from hypothesis import HealthCheck, Phase, settings


def few(examples: int) -> settings:
    """Settings of a test that computes for a second on each ledger: so many of them, and no search
    for a smaller one that fails as well. Where every run draws the same ones, half of them."""
    same = settings.default.derandomize  # type: ignore[union-attr]  # a profile is loaded
    return settings(
        max_examples=-(-examples // 2) if same else examples,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )

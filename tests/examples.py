"""How many drawn examples a slow test takes."""

from hypothesis import HealthCheck, Phase, settings


def few(examples: int) -> settings:
    """Settings of a test that computes for a second on each ledger: so many of them, and no search
    for a smaller one that fails as well."""
    return settings(
        max_examples=examples,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )

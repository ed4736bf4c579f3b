"""What configs/feature_evidence.csv says of a feature."""

# The bar, set before the measurement: a feature helps if it beats the best shadow in at least half
# of the repeats, for one source and task. One of pure chance beats the best of several hundred
# shadows in one repeat of several hundred.
HELPS_IN = 1 / 2


def helpful(evidence):
    """The features that help any task of any source."""
    enough = evidence["hits"] >= HELPS_IN * evidence["repeats"]
    return set(evidence.loc[enough, "feature"])

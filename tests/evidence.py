"""What configs/feature_evidence.csv says of a feature."""

# A feature helps if it beats the best shadow in this share of the repeats, for one source and task.
# One of pure chance beats the best of several hundred shadows in one repeat of several hundred.
HELPS_IN = 1 / 3


def helpful(evidence):
    """The features that help any task of any source."""
    enough = evidence["hits"] >= HELPS_IN * evidence["repeats"]
    return set(evidence.loc[enough, "feature"])

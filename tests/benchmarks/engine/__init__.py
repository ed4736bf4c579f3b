from pathlib import Path


def by_featuretools_file():
    """The contender that another Python runs, as a file and not as a module of ours."""
    return Path(__file__).with_name("by_featuretools.py")

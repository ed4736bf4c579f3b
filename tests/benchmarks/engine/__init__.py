from pathlib import Path


def by_featuretools_file():
    """The contender that another Python runs, as a file and not as a module of ours."""
    return Path(__file__).with_name("by_featuretools.py")


def peak_mb():
    """The largest resident memory of this process, in MB of 2**20 bytes; of Linux.

    Of its program alone: getrusage counts what the parent held when it started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

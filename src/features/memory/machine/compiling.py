"""How the instructions are compiled: once a machine where their folder can be written to."""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
from numba import njit

_CONFIG: Any = numba.config
P = ParamSpec("P")
R = TypeVar("R")
_FOLDER = Path(__file__).parent


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function in machine code, made at its first call. Dividing by 0 gives infinity or NaN.

    The code is kept in NUMBA_CACHE_DIR, else beside the source; where that can't be written to each
    process makes its own.
    """
    elsewhere = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(Path(elsewhere or _FOLDER / "__pycache__") / _edition())
    try:
        made: Callable[P, R] = njit(cache=True, error_model="numpy", nogil=True)(function)
    except RuntimeError:
        made = njit(error_model="numpy", nogil=True)(function)
    finally:
        _CONFIG.CACHE_DIR = elsewhere
    return made


@cache
def _edition() -> str:
    """What tells apart the states of this folder: Numba looks at a function's own file alone, and
    would keep what is compiled of others into it."""
    sources = [path.read_bytes() for path in sorted(_FOLDER.glob("*.py"))]
    return blake2b(b"".join(sources), digest_size=8).hexdigest()

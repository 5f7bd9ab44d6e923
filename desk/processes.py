"""Starting, watching and ending child processes."""

import ctypes
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(way: int = signal.SIGTERM) -> Callable[[], None] | None:
    """For Popen's preexec_fn: on Linux the child gets the signal `way` when its parent dies, even by SIGKILL."""
    if _libc is None:
        return None
    libc = _libc

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, way)

    return ask

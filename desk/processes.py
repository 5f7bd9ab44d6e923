"""Starting, watching and ending child processes."""

import ctypes
import signal
import sys
from collections.abc import Callable, Mapping

from desk.paths import VENV

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


def keeping_bytecode(env: Mapping[str, str]) -> dict[str, str]:
    """For the hundred Pythons that tests and checks start: what one has compiled the next one finds.

    Many machines that build things set PYTHONDONTWRITEBYTECODE, to keep their checkouts clean. Each of our processes
    would then compile Django for two seconds; so the compiled files lie beside the packages, in .venv alone.
    """
    kept = {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": env.get("PYTHONPYCACHEPREFIX") or str(VENV / "bytecode")}

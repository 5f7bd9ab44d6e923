"""What the launcher says: one line in Japanese, one in English, always on standard error. Runs on Python 3.8."""

from __future__ import annotations

import sys


def say(ja: str, en: str) -> None:
    print(f"{ja}\n  {en}", file=sys.stderr, flush=True)


class Stop(Exception):
    """Set-up or start cannot go on; said in both languages, the process ends with `status`."""

    def __init__(self, ja: str, en: str, status: int = 1) -> None:
        super().__init__(en)
        self.ja, self.en, self.status = ja, en, status

    def tell(self) -> int:
        say("✕ " + self.ja, self.en)
        return self.status

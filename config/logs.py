"""What must not stand in a log: addresses that are secrets themselves, such as those of mailed links."""

import logging
import re

SECRET = re.compile(r"(/help/(?:rate|sign-in)/)(?!sent\b)[^/\s\"'?]+")


class WithoutSecrets(logging.Filter):
    """Puts `…` in their place, in what is said and in what it is said of."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._clean(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._clean, record.args))
        return True

    def _clean(self, value: object) -> object:
        return SECRET.sub(r"\1…", value) if isinstance(value, str) else value

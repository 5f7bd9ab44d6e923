"""Mail as the desk knows it: read, trimmed, written."""

from madoguchi.kit.addresses import Address
from madoguchi.kit.letters import compose, sandbox, subjects, trim
from madoguchi.kit.letters.model import Bounce, Letter, Part
from madoguchi.kit.letters.parsing import parse
from madoguchi.kit.letters.sandbox import Unreadable

__all__ = ["Address", "Bounce", "Letter", "Part", "Unreadable", "compose", "parse", "sandbox", "subjects", "trim"]

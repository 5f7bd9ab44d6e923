"""format=flowed (RFC 3676): soft line ends undone."""


def unflowed(text: str, *, delsp: bool) -> str:
    """Paragraphs on one line each, quotes behind `> ` per level, space-stuffing removed; `delsp` as in section 4.1."""
    out: list[str] = []
    pending, depth = "", -1
    for raw in text.split("\n"):
        line = raw.removesuffix("\r")
        level = len(line) - len(line.lstrip(">"))
        line = line[level:].removeprefix(" ")
        if depth >= 0 and (level != depth or line == "-- "):
            out.append(_quoted(pending, depth))
            pending, depth = "", -1
        soft = line.endswith(" ") and line != "-- "
        pending += line[:-1] if soft and delsp else line
        depth = level
        if not soft:
            out.append(_quoted(pending, depth))
            pending, depth = "", -1
    if depth >= 0:
        out.append(_quoted(pending, depth))
    return "\n".join(out)


def _quoted(line: str, depth: int) -> str:
    return f"{'>' * depth} {line}".rstrip() if depth else line

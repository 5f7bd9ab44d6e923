"""In which mailbox does a mail to an address arrive? Different spellings of one mailbox are told from different people."""

from madoguchi.kit.addresses import fold, on_the_wire, without_tag
from madoguchi.kit.letters import words

DOTLESS = {"gmail.com", "googlemail.com"}
MOST = 20


def mailbox(address: str) -> str:
    """The mailbox an address stands for: folded, without its tag, Google's without dots and under one host."""
    local, at, host = without_tag(fold(address)).rpartition("@")
    if host in DOTLESS:
        return f"{local.replace('.', '') or local}{at}gmail.com"
    return f"{local}{at}{host}"


def mailboxes(address: str) -> set[str]:
    """Every mailbox a mail to this spelling may arrive in.

    Some relays read `a%b.jp@relay` and `b.jp!a@relay` as `a@b.jp`; who reads header fields decodes encoded words.
    """
    found: set[str] = set()
    asked = [address, on_the_wire(address)]
    if "=?" in address:
        asked.append(words.text(address.encode(errors="replace")))
    while asked and len(found) < MOST:
        spelling = fold(asked.pop())
        if mailbox(spelling) in found:
            continue
        found.add(mailbox(spelling))
        local = spelling.rpartition("@")[0]
        if "%" in local:
            asked.append("@".join(local.rsplit("%", 1)))
        if "!" in local:
            path, _bang, name = local.rpartition("!")
            asked.append(f"{name}@{path.rpartition('!')[2]}")
    return found

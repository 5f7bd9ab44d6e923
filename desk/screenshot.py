"""bin/screenshot: the picture of the README, from a demo desk started for it. Further words: pages to take as well.

`bin/screenshot` writes docs/images/ticket.png; `bin/screenshot /settings/ out.png` any page; `--dark`, `--phone`, `--en`.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from desk.paths import ROOT
from desk.testing import CHROMIUM_ARGS, find_chromium, free_port
from desk.words import Stop, say

PASSWORD = "madoguchi-demo"
SUBJECT = "注文番号 12345 の返金状況を教えてください"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/screenshot")
    parser.add_argument("page", nargs="?", default="")
    parser.add_argument("file", nargs="?", type=Path, default=ROOT / "docs" / "images" / "ticket.png")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--phone", action="store_true")
    parser.add_argument("--en", action="store_true")
    parser.add_argument("--as", dest="agent", default="sato")
    asked = parser.parse_args(argv)
    chromium = find_chromium()
    if chromium is None:
        return Stop("Chromium が必要です。", "A Chromium is needed: apt install chromium fonts-noto-cjk").tell()
    with tempfile.TemporaryDirectory(prefix="madoguchi-picture-", ignore_cleanup_errors=True) as data:
        os.chmod(data, 0o711)
        port = free_port()
        env = {**os.environ, "MADOGUCHI_DATA": data, "MADOGUCHI_PORT": str(port), "MADOGUCHI_DEMO": "1"}
        env.pop("DATABASE_URL", None)
        desk = subprocess.Popen([sys.executable, "-m", "desk.setup", "run"], env=env, stdout=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{port}", desk)
            take(chromium, f"http://127.0.0.1:{port}", asked)
        finally:
            desk.send_signal(signal.SIGINT)
            desk.wait(20)
    say(f"{asked.file} に保存しました。", f"Saved {asked.file}.")
    return 0


def wait_for(url: str, desk: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and desk.poll() is None:
        try:
            urllib.request.urlopen(url + "/health", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the desk did not start")


def take(chromium: str, url: str, asked: argparse.Namespace) -> None:
    from playwright.sync_api import sync_playwright

    asked.file.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGS))
        context = browser.new_context(
            viewport={"width": 390, "height": 844} if asked.phone else {"width": 1440, "height": 900},
            locale="en-GB" if asked.en else "ja-JP",
            timezone_id="Asia/Tokyo",
            color_scheme="dark" if asked.dark else "light",
        )
        page = context.new_page()
        page.goto(url + "/login/")
        page.locator("input[type=email], input[name=login]").first.fill(f"{asked.agent}@demo.example")
        page.locator("input[type=password]").first.fill(PASSWORD)
        page.locator("form button[type=submit]").first.click()
        page.wait_for_load_state("networkidle")
        if asked.page:
            page.goto(url + asked.page)
        else:
            page.goto(url + "/tickets/")
            page.get_by_role("link", name=SUBJECT).first.click()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(asked.file))
        browser.close()

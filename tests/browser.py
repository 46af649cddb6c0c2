"""A real browser for tests: headless Chromium, driven by its DevTools protocol through a pair of pipes."""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TIMEOUT = 60
"""Seconds after which the browser is given up."""

NARROW, WIDE = 360, 1280
"""Widths of a telephone's and of a desk's screen."""


class Browser:
    """A running browser with one tab.

    Attributes:
        events: what the browser told of the tab, as (method, parameters), since it was last cleared.
    """

    def __init__(self, path: str, profile: Path) -> None:
        to_browser, self._to = _pipe()
        self._from, from_browser = _pipe()
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe")
        command = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", command, "bash", path, *options, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._last = 0
        self._session: str | None = None
        self._rest = b""
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Security"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to a command."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("id") == self._last:
                if "error" in told:
                    raise AssertionError(method, told["error"])
                return told["result"]

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._from, 1 << 16)
            assert part, "the browser ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        told = json.loads(message)
        if "method" in told:
            self.events.append((told["method"], told["params"]))
        return told

    def show(
        self, page: Path, *, width: int = WIDE, dark: bool = False, script: bool = True, print_: bool = False
    ) -> None:
        """Open a file, as on a screen of that width, and wait until it is there."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
        )
        self.send("Emulation.setScriptExecutionDisabled", value=not script)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="print" if print_ else "", features=[scheme])
        self.events.clear()
        self.send("Page.navigate", url=page.as_uri())
        until = time.monotonic() + TIMEOUT
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            assert time.monotonic() < until
            self._read()

    def requests(self) -> list[str]:
        """The addresses that were asked for since the file was opened."""
        return [told["request"]["url"] for method, told in self.events if method == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """What stands in the console since the file was opened, and dialogs that were opened."""
        names = (
            "Log.entryAdded",
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Page.javascriptDialogOpening",
        )
        return [json.dumps(told) for method, told in self.events if method in names]

    def value(self, script: str) -> Any:
        """What a script gives, that is run beside those of the page."""
        # Not one of the page: its policy forbids those.
        told = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def picture(self) -> bytes:
        """The whole page as PNG."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        told = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(told["data"])

    def printed(self) -> bytes:
        """The page as PDF, on A4."""
        told = self.send("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, preferCSSPageSize=True)
        return base64.b64decode(told["data"])

    def close(self) -> None:
        """End the browser."""
        self._session = None
        with contextlib.suppress(OSError, AssertionError):
            self.send("Browser.close")
        os.close(self._to)
        os.close(self._from)
        try:
            self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are none of the small numbers that the browser has for its own."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]


@contextlib.contextmanager
def browser(path: str) -> Iterator[Browser]:
    """A browser with a profile of its own.

    Args:
        path: the Chromium to run.
    """
    profile = Path(tempfile.mkdtemp(prefix="kycrule-chromium-"))
    opened = Browser(path, profile)
    try:
        yield opened
    finally:
        opened.close()
        shutil.rmtree(profile, ignore_errors=True)

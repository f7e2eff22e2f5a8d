"""A real browser, driven over its own protocol."""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import patience
from websockets.sync.client import ClientConnection, connect

QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# Nothing but this machine can be reached: names do not resolve, and what is asked for by number goes to a closed port.
OFFLINE = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)

# On a loaded machine the browser answers late, and not at all to who asks whether it is still there.
CALM: dict[str, Any] = {"open_timeout": patience.SECONDS, "ping_interval": None}


@dataclass
class Page:
    """A tab, with everything its console and its network have said."""

    socket: ClientConnection
    events: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv(timeout=patience.SECONDS))).get("id") != self.sent:
            self.events.append(answer)
        assert "error" not in answer, answer
        return dict(answer["result"])

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def js(self, expression: str) -> Any:
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, expression: str) -> float:
        """Seconds until an expression is true."""
        started = time.monotonic()
        # A page that is still being built lacks what the expression speaks of.
        while not self.js(f"(() => {{ try {{ return !!({expression}) }} catch {{ return false }} }})()"):
            assert time.monotonic() - started < patience.SECONDS, f"{expression} is still false: {self.errors()}"
            time.sleep(0.1)
        return time.monotonic() - started

    def unfold(self) -> None:
        """Open all that is folded."""
        self.js("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    def errors(self) -> list[str]:
        """What went wrong on the page, by its own console."""
        self.js("1")
        kinds = {"Runtime.exceptionThrown": "exceptionDetails", "Log.entryAdded": "entry"}
        told = [event["params"][kinds[event["method"]]] for event in self.events if event.get("method") in kinds]
        return [json.dumps(each) for each in told if each.get("level", "error") == "error"]

    def requested(self) -> list[str]:
        """Addresses that the page asked for; what is inline in it is no request."""
        sent = [event["params"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        return [each["request"]["url"] for each in sent if not each["request"]["url"].startswith("data:")]

    def seen_as(self, width: int, height: int, **media: str) -> None:
        """Set the size of the window, and media such as ``prefers-color-scheme``."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.call("Emulation.setEmulatedMedia", features=features)


@contextmanager
def opened(folder: Path, offline: bool = False) -> Iterator[Page]:
    """A tab of a browser of its own, which ends with the block; ``offline`` it reaches no other machine.

    Args:
        folder: for its profile; made where it is missing.
        offline: whether names resolve and other machines answer.

    Raises:
        FileNotFoundError: there is no Chromium on this machine.
    """
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise FileNotFoundError("no chromium on this machine")
    flags = [f"--user-data-dir={folder}", "--remote-debugging-port=0", *QUIET, *(OFFLINE if offline else ())]
    command = [program, *flags, "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    try:
        with connect(_tab(folder / "DevToolsActivePort", process), max_size=None, proxy=None, **CALM) as socket:
            page = Page(socket)
            for domain in ("Page", "Runtime", "Log", "Network"):
                page.call(f"{domain}.enable")
            page.seen_as(1500, 1100)
            yield page
    finally:
        process.terminate()
        process.wait()


def _tab(told: Path, process: subprocess.Popen[str]) -> str:
    """The address of the first tab, once the browser has told its port."""
    deadline = time.monotonic() + patience.SECONDS
    while not (told.exists() and told.read_text().strip()):
        assert process.poll() is None and time.monotonic() < deadline, "the browser did not start"
        time.sleep(0.05)
    with urllib.request.urlopen(
        f"http://127.0.0.1:{told.read_text().split()[0]}/json", timeout=patience.SECONDS
    ) as answer:
        return str(next(tab["webSocketDebuggerUrl"] for tab in json.load(answer) if tab["type"] == "page"))

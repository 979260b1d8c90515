# SPDX-License-Identifier: MIT
"""A headless Chromium, spoken to over a pipe (DevTools protocol: JSON, each message ended by a NUL)."""
import json
import os
import subprocess

SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe"]


class Browser:
    def __init__(self, program, profile):
        reads, self.to = os.pipe()
        self.of, writes = os.pipe()
        moved = [os.dup(reads), os.dup(writes)]  # away from 3 and 4, where the browser expects them

        def place():
            os.dup2(moved[0], 3)
            os.dup2(moved[1], 4)

        self.process = subprocess.Popen([program, *SWITCHES, f"--user-data-dir={profile}", "about:blank"], pass_fds=(3, 4),
                                        preexec_fn=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (reads, writes, *moved):
            os.close(fd)
        self.rest, self.number, self.events, self.session = b"", 0, [], None

    def receive(self):
        while b"\0" not in self.rest:
            data = os.read(self.of, 1 << 20)
            assert data, "the browser has gone"
            self.rest += data
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, url, width, dark):
        """A new page of this width; its events are in `events` when it is loaded."""
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.events = []
        self.call("Page.navigate", url=url)
        while not self.named("Page.loadEventFired"):
            self.events.append(self.receive())

    def named(self, name):
        return [event["params"] for event in self.events if event.get("method") == name]

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
        finally:
            self.process.wait(timeout=60)
            os.close(self.to)
            os.close(self.of)

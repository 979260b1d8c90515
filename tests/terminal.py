# SPDX-License-Identifier: MIT
"""A real terminal for tests to look at: tmux's. Nothing waits for a time, but until the screen shows what is wanted."""
import contextlib
import itertools
import os
import re
import shlex
import signal
import subprocess
import time

from harness import SANITIZER

LIMIT = 60
COUNT = itertools.count()


class Terminal:
    """A shell in a tmux of its own."""

    def __init__(self, folder, columns=80, rows=24, environment=()):
        self.folder, self.name = folder, f"poolmon-test-{os.getpid()}-{next(COUNT)}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, "-c", folder,
                  "env", "PS1=ready> ", "LC_ALL=C.UTF-8", *environment, "bash", "--norc", "--noprofile")
        self.until(lambda screen: "ready>" in screen, "a shell")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-L", self.name, *map(str, words)], check=True, capture_output=True, text=True,
                              timeout=LIMIT).stdout

    def close(self):
        """Nothing is left behind: a sanitizer that looks for leaks while the terminal goes away may never end."""
        shell = subprocess.run(["tmux", "-L", self.name, "display-message", "-p", "#{pane_pid}"], capture_output=True,
                               text=True, timeout=LIMIT).stdout.strip()
        started = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True).stdout.split() if shell else []
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["tmux", "-L", self.name, "kill-server"], capture_output=True, timeout=LIMIT)

    def screen(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def lines(self):
        return self.screen().split("\n")

    def until(self, condition, what):
        end = time.monotonic() + LIMIT
        while not condition(screen := self.screen()):
            assert time.monotonic() < end, f"never seen: {what}\n{screen}"
            time.sleep(0.02)
        assert not SANITIZER.search(screen), screen
        return screen

    def shows(self, *texts):
        return self.until(lambda screen: all(text in screen for text in texts), texts)

    def foot(self, *texts):
        """Until the last line has all of these."""
        def has(screen):
            last = screen.rstrip("\n").split("\n")[-1]
            return all(text in last for text in texts)
        return self.until(has, texts)

    def order(self, *tags):
        """Until the rows are those of these tags."""
        return self.until(lambda screen: tuple(tags_of(screen)) == tags, tags)

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def run(self, *words):
        self.type(" ".join(shlex.quote(str(word)) for word in words) + "; echo ended with $?")
        self.press("Enter")

    def ends(self, status=0):
        screen = self.shows("ended with ")
        screen = self.until(lambda screen: re.search(r"^ended with \d+", screen, re.M), "the end")
        assert re.search(r"^ended with (\d+)", screen, re.M).group(1) == str(status), screen
        return screen


def tags_of(screen):
    """First words of the rows below the headings; the last line is the foot."""
    lines = screen.rstrip("\n").split("\n")
    at = next((i for i, line in enumerate(lines) if re.match(r"[ <]Tag ", line)), len(lines))
    return [line.split()[0] for line in lines[at + 1:-1] if line.strip()]

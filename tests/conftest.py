# SPDX-License-Identifier: MIT
import signal

import pytest
from harness import SMALL

# Programs inherit what is ignored, and what starts the tests may ignore them (nohup, a shell's background jobs).
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@pytest.fixture
def script(tmp_path):
    """Writes a script for the scripted source; gives its specification."""
    count = 0

    def write(text):
        nonlocal count
        count += 1
        path = tmp_path / f"script-{count}.txt"
        path.write_text(text)
        return f"scripted:{path}"

    return write


@pytest.fixture
def small(script):
    return script(SMALL)

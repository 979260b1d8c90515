# SPDX-License-Identifier: MIT
import subprocess
import time

import pytest
from wine import HELPER


@pytest.fixture(scope="session", autouse=True)
def kept_awake(tmp_path_factory):
    """Without a program Wine ends, and the next one has it begin all over, which takes seconds."""
    file = tmp_path_factory.mktemp("awake") / "pid"
    process = subprocess.Popen(["wine", HELPER, "stay", file], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not file.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    yield
    process.kill()
    process.wait()

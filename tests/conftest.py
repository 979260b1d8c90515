# SPDX-License-Identifier: MIT
import pytest

from harness import SMALL


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

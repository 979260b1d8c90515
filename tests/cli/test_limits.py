# SPDX-License-Identifier: MIT
"""What keeps a report in bounds: memory, and whoever waits for it."""
import gzip
import os
import pty
import re
import signal
import subprocess
import time

import pytest
from harness import analyze, command, is_sanitized

ROW = '{{"time":"2026-01-01T{:02}:{:02}:{:02}.000Z","uptime_s":{}.000,"pool":"slab","tag":"{}","bytes":{}}}\n'


def rows(times, tags):
    return "".join(ROW.format(t // 3600, t // 60 % 60, t % 60, t, f"tag-{i}", 64 * (i + t % 7)) for t in times for i in tags)


# ---- memory ----

@pytest.mark.skipif(is_sanitized(), reason="sanitizers take memory of their own")
def test_more_memory_than_allowed_is_not_taken(tmp_path):
    path = tmp_path / "log.ndjson"
    path.write_text(rows(range(1, 9), range(40000)))
    for jobs in (1, 2):
        result = analyze("report", "--memory", "64MiB", "-j", jobs, path)
        assert result.returncode == 4 and result.stdout == ""
        assert "more than the 64.0 MiB that --memory allows would be taken; raise it, read less (--include" in result.stderr
    assert analyze("report", "--memory", "2G", path).returncode == 0
    assert analyze("report", "--memory", "64MiB", "--include", "tag-1*1", path).returncode == 0
    assert analyze("report", "--memory", "none", path).returncode == 2


@pytest.mark.skipif(is_sanitized(), reason="sanitizers take memory of their own")
def test_a_conversion_takes_no_more_memory_either(tmp_path):
    path, output = tmp_path / "log.ndjson", tmp_path / "log.csv"
    path.write_text(rows(range(1, 3), range(60000)))
    result = analyze("convert", "--memory", "16MiB", path, "-o", output)
    assert result.returncode == 4 and "more than the 16.0 MiB that --memory allows" in result.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.ndjson"]
    assert analyze("convert", "--memory", "1G", path, "-o", output).returncode == 0
    assert output.exists()


# ---- whoever waits ----

@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """A log that takes long to read, all of it one part: members that don't tell their sizes."""
    path = tmp_path_factory.mktemp("endless") / "log.gz"
    member = gzip.compress(rows(range(1, 40), range(400)).encode(), 1)
    with open(path, "wb") as out:
        for _ in range(4000):
            out.write(member)
    yield path
    path.unlink()


def read_until(terminal, pattern):
    seen = b""
    while not re.search(pattern, seen):
        seen += os.read(terminal, 4096)
    return seen


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_is_shown_and_ctrl_c_obeyed_within_a_part(endless, jobs):
    pid, terminal = pty.fork()
    if pid == 0:
        words = command("poolmon-analyze", "report", "-j", jobs, endless)
        os.execv(words[0], words)
    read_until(terminal, rb"\r +\d+ %  \d+ MB/s  \d+ s left ")
    os.write(terminal, b"\x03")
    seen = read_until(terminal, rb"interrupted")
    assert re.search(rb"\r {40}\rpoolmon-analyze: interrupted", seen)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT


def test_there_is_no_progress_where_there_is_no_terminal(endless):
    with subprocess.Popen(command("poolmon-analyze", "report", endless), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert (out, err) == (b"", b"poolmon-analyze: interrupted\n")
    assert process.returncode == -signal.SIGTERM


def test_what_is_half_written_is_removed(endless, tmp_path):
    output = tmp_path / "all.csv"
    output.write_text("older")
    with subprocess.Popen(command("poolmon-analyze", "convert", endless, "-o", output), stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL) as process:
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert err == b"poolmon-analyze: interrupted\n" and process.returncode == -signal.SIGINT
    assert [path.name for path in tmp_path.iterdir()] == ["all.csv"] and output.read_text() == "older"

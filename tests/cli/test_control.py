# SPDX-License-Identifier: MIT
"""Steering a recording while it runs: signals, marks, and what is told of the command that is recorded."""
import concurrent.futures
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest
from harness import ROOT, analyze, checked, command, events_of, log, report, rows_of, samples_of

TREE = ROOT / "tests/roots/linux-6.12"


class Recording:
    """A recording of a captured system, which goes on until it is ended."""

    def __init__(self, path, *args, interval="20ms", **kwargs):
        self.output = path
        self.path = path / "poolmon.ndjson" if path.is_dir() else path
        self.process = subprocess.Popen(
            command("poolmon-log", "-q", "--root", TREE, "--include", "dentry", "-i", interval, "-o", path, *args),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)
        self.wait_for(lambda: self.path.exists() and '"dentry"' in self.path.read_text())

    def wait_for(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def rows(self):
        return rows_of(self.path.read_text())

    def snapshots(self):
        return len([row for row in self.rows() if row["tag"] == "dentry"])

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        checked(subprocess.CompletedProcess([], self.process.returncode, out, err))
        return self.rows()


@pytest.fixture
def recording(tmp_path):
    begun = []

    def begin(name="a.ndjson", *args, **kwargs):
        path = tmp_path / name
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        begun.append(Recording(path, *args, **kwargs))
        return begun[-1]

    yield begin
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def mark(path, text, **kwargs):
    return log("mark", "-o", path, text, **kwargs)


def notes_of(rows, tag):
    return [row["note"] for row in events_of(rows, tag)]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_compression_yields_to_everything_else(recording):
    if shutil.which("ionice") is None:
        pytest.skip("ionice is not installed")
    one = recording("logs/", "-z", "--rotate-size", "20k", "--keep", "3", interval="5ms")
    one.wait_for(lambda: len(list(one.output.glob("*.gz"))) == 3)
    told = {}
    for task in os.listdir(f"/proc/{one.process.pid}/task"):
        stat_of = pathlib.Path(f"/proc/{one.process.pid}/task/{task}/stat").read_text().rpartition(")")[2].split()
        told[int(stat_of[16])] = subprocess.run(["ionice", "-p", task], capture_output=True, text=True, check=True).stdout
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(timeout=60) == 0
    assert told.pop(19) == "idle\n"  # and nobody else does
    assert all("idle" not in text for text in told.values())


# ---- signals ----

@pytest.mark.parametrize("name", ["a.ndjson", "logs/"])
def test_a_log_that_was_moved_away_is_begun_again(recording, tmp_path, name):
    one = recording(name)
    moved = tmp_path / "moved.ndjson"
    one.path.rename(moved)
    one.process.send_signal(signal.SIGHUP)
    one.wait_for(lambda: one.path.exists() and '"dentry"' in one.path.read_text())
    after, before = one.end(), rows_of(moved.read_text())
    assert after[0]["tag"] == "start" and after[-1]["tag"] == "stop" and events_of(before, "stop") == []
    uptimes = [{row["uptime_s"] for row in samples_of(rows)} for rows in (before, after)]
    assert max(uptimes[0]) < min(uptimes[1])
    both = report(moved, one.path)
    assert both["findings"][0]["samples"] == sum(map(len, uptimes)) and both["input"]["rejected"] == 0


def test_a_log_that_is_still_there_is_continued(recording):
    one = recording()
    one.process.send_signal(signal.SIGHUP)
    one.wait_for(lambda: len(events_of(one.rows(), "start")) == 2)
    rows = one.end()
    assert notes_of(rows, "boot") == [] and rows[-1]["tag"] == "stop"


def test_logrotate_moves_and_signals(recording, tmp_path):
    if shutil.which("logrotate") is None:
        pytest.skip("logrotate is not installed")
    one = recording()
    (tmp_path / "conf").write_text(f"{one.path} {{\n su root root\n rotate 3\n size 1\n postrotate\n  kill -HUP "
                                   f"{one.process.pid}\n endscript\n}}\n")
    subprocess.run(["logrotate", "-f", "-s", tmp_path / "state", tmp_path / "conf"], check=True)
    one.wait_for(lambda: one.path.exists() and '"dentry"' in one.path.read_text())
    one.end()
    assert report(tmp_path / "a.ndjson.1", one.path)["input"]["rejected"] == 0


def test_a_directory_that_was_moved_away_is_made_again(recording, tmp_path):
    one = recording("logs/")
    one.output.rename(tmp_path / "elsewhere")
    one.process.send_signal(signal.SIGHUP)
    one.wait_for(lambda: one.path.exists() and '"dentry"' in one.path.read_text())
    one.end()
    assert report(tmp_path / "elsewhere", one.output)["input"]["rejected"] == 0


def test_a_snapshot_can_be_asked_for(recording):
    one = recording(interval="1h")
    assert one.snapshots() == 1
    for n in (2, 3):
        one.process.send_signal(signal.SIGUSR1)
        one.wait_for(lambda: one.snapshots() == n)
    rows = one.end()
    assert len([row for row in rows if row["tag"] == "dentry"]) == 4  # and a last one
    assert notes_of(rows, "gap") == []


def test_snapshots_that_were_asked_for_do_not_move_the_grid(recording):
    one = recording(interval="500ms")
    for _ in range(10):
        time.sleep(0.07)
        one.process.send_signal(signal.SIGUSR1)
    one.wait_for(lambda: one.snapshots() >= 14)
    uptimes = [row["uptime_s"] for row in one.end() if row["tag"] == "dentry"]
    on_grid = [uptime for uptime in uptimes if (uptime - uptimes[0]) % 0.5 < 0.05]
    assert len(uptimes) > len(on_grid) >= 3


@pytest.mark.parametrize("ignored", [False, True], ids=["", "nohup"])
def test_closing_the_terminal_ends_it_unless_it_was_started_with_nohup(tmp_path, ignored):
    path = tmp_path / "a.ndjson"
    words = command("poolmon-log", "-q", "--root", TREE, "-i", "20ms", "-o", path)
    pid, terminal = pty.fork()
    if pid == 0:
        if ignored:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.execv(words[0], words)
    while not path.exists() or path.read_text().count('"dentry"') < 3:
        time.sleep(0.01)
    os.close(terminal)
    if ignored:
        n = path.read_text().count('"dentry"')
        while path.read_text().count('"dentry"') < n + 3:
            time.sleep(0.01)
        os.kill(pid, signal.SIGTERM)
    assert os.waitpid(pid, 0)[1] == 0
    assert rows_of(path.read_text())[-1]["tag"] == "stop"


def test_hangup_ends_what_goes_to_standard_output():
    with subprocess.Popen(command("poolmon-log", "-q", "--root", TREE, "-i", "20ms"), stdout=subprocess.PIPE,
                          text=True) as process:
        assert '"start"' in process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        assert '"stop"' in process.stdout.read().splitlines()[-1]
    assert process.returncode == 0


# ---- marks ----

@pytest.mark.parametrize("name", ["a.ndjson", "logs/"])
def test_a_mark_is_in_the_log_when_the_command_returns(recording, name):
    one = recording(name)
    result = mark(one.output, 'test case 17: "é" \\ = done')
    assert result.returncode == 0 and result.stdout == result.stderr == ""
    row = events_of(one.rows(), "mark")[0]
    assert row["note"] == 'text="test case 17: \\"é\\" \\\\ = done"'
    rows = one.end()
    uptimes = [row["uptime_s"] for row in rows]
    assert uptimes == sorted(uptimes)
    assert sorted(path.name for path in one.path.parent.iterdir()) == [one.path.name]
    marks = [moment["text"] for moment in report(one.path)["moments"] if moment["kind"] == "mark"]
    assert marks == ['test case 17: "é" \\ = done']


def test_marks_at_once_are_all_written(recording):
    one = recording()
    texts = [f"mark-{i}" for i in range(60)]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert all(result.returncode == 0 for result in pool.map(lambda text: mark(one.path, text), texts))
    assert sorted(notes_of(one.end(), "mark")) == sorted(f"text={text}" for text in texts)


def test_a_mark_without_a_recording_fails(recording, tmp_path):
    for path in ("nothing", "nothing/"):
        result = mark(tmp_path / path, "x")
        assert result.returncode == 3 and "nothing is being recorded to" in result.stderr
    one = recording("logs/")
    one.end()
    assert mark(one.output, "x").returncode == 3


def test_a_recorder_that_was_killed_leaves_nothing_in_the_way(recording, tmp_path):
    one = recording("logs/")
    one.process.kill()
    one.process.wait()
    assert mark(one.output, "x").returncode == 3
    two = recording("logs/")
    two.wait_for(lambda: len(events_of(two.rows(), "start")) == 2)
    assert mark(two.output, "y").returncode == 0
    assert notes_of(two.end(), "mark") == ["text=y"]


def test_a_recording_whose_directory_is_made_anew_can_be_marked(recording, tmp_path):
    one = recording("logs/")
    for take_away in (shutil.rmtree, lambda path: path.rename(tmp_path / "elsewhere")):
        take_away(one.output)
        one.wait_for(lambda: one.path.exists() and '"dentry"' in one.path.read_text())
        one.wait_for(lambda: (one.output / ".poolmon.sock").exists())
        assert mark(one.output, "still here").returncode == 0
        assert notes_of(one.rows(), "mark") == ['text="still here"']
    one.end()
    assert sorted(path.name for path in one.output.iterdir()) == ["poolmon.ndjson"]


@pytest.mark.parametrize("umask, mode", [(0o022, 0o660), (0o027, 0o660), (0o077, 0o600), (0o002, 0o660)])
def test_the_group_may_mark_what_it_may_read(recording, umask, mode):
    before = os.umask(umask)
    try:
        one = recording("logs/")
    finally:
        os.umask(before)
    assert stat.S_IMODE((one.output / ".poolmon.sock").stat().st_mode) == mode
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o640 & ~umask
    one.end()


def test_a_client_that_says_nothing_keeps_nobody_from_marking(recording):
    one = recording("logs/")
    silent = []
    for _ in range(20):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(str(one.output / ".poolmon.sock"))
        silent.append(client)
    assert mark(one.output, "still here").returncode == 0
    silent[-1].send(b"dance")
    assert silent[-1].recv(100) == b"this version knows no such request"
    before = one.snapshots()
    one.wait_for(lambda: one.snapshots() > before + 3)
    for client in silent:
        client.close()
    assert notes_of(one.end(), "mark") == ['text="still here"']


def test_long_paths_can_be_marked(recording):
    one = recording("x" * 120 + "/")
    assert mark(one.output, "x").returncode == 0
    one.end()
    assert sorted(path.name for path in one.output.iterdir()) == ["poolmon.ndjson"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be somebody else")
def test_only_who_may_write_there_can_mark(recording, tmp_path):
    one = recording("logs/")
    one.output.chmod(0o777)
    for part in [tmp_path, *tmp_path.parents][:-2]:
        part.chmod(part.stat().st_mode | 0o055)
    mode = stat.S_IMODE((one.output / ".poolmon.sock").stat().st_mode)
    assert mode & 0o007 == 0
    assert connects_as(one.output / ".poolmon.sock", 65534, 65534) == 13
    assert connects_as(one.output / ".poolmon.sock", 65534, os.getegid()) == 0  # the group may
    one.end()


def connects_as(path, user, group):
    """Whether somebody can connect: 0, or the number of the error."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
        try:
            socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(str(path))
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_what_is_there_under_the_name_of_the_socket_is_left_alone(recording, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/.poolmon.sock").write_text("mine")
    one = recording("logs/")
    assert "no marks can be set" in one.process.stderr.readline()
    one.end()
    assert (tmp_path / "logs/.poolmon.sock").read_text() == "mine"


@pytest.mark.parametrize("words, message", [
    (["x"], "which recording"), (["-o", "logs"], "one text"), (["-o", "logs", "a", "b"], "one text"),
    (["-o", "logs", ""], "1 to 1000 bytes"), (["-o", "logs", "x" * 1001], "1 to 1000 bytes"), (["-o", "-", "x"], "which")])
def test_wrong_usage_of_marks_is_told(words, message):
    result = log("mark", *words)
    assert result.returncode == 2 and message in result.stderr


def test_marks_have_a_help():
    result = log("mark", "--help")
    assert result.returncode == 0 and "nothing is being recorded" in result.stdout


# ---- the command ----

def test_start_and_end_of_a_command_are_rows(tmp_path):
    path = tmp_path / "a.ndjson"
    words = ["sh", "-c", "echo $$; exit 7", "it's", ""]
    result = log("-q", "--root", TREE, "-o", path, "--", *words)
    assert result.returncode == 7
    rows = rows_of(path.read_text())
    pid = result.stdout.strip()
    assert notes_of(rows, "command") == [
        f"state=started pid={pid} argv=\"sh -c 'echo $$; exit 7' 'it'\\\\''s' ''\"", f"state=ended pid={pid} status=7"]
    order = [row["tag"] for row in rows if row["tag"] in ("dentry", "command", "stop")]
    assert order == ["dentry", "command", "command", "dentry", "stop"]
    moments = [(moment["kind"], moment.get("text")) for moment in report(path)["moments"]]
    assert ("command", "started") in moments and ("command", "ended") in moments


def test_a_command_that_a_signal_ended_is_told_so(tmp_path):
    path = tmp_path / "a.ndjson"
    assert log("-q", "--root", TREE, "-o", path, "--", "sh", "-c", "kill -KILL $$").returncode == 137
    assert re.fullmatch(r"state=ended pid=\d+ signal=9", notes_of(rows_of(path.read_text()), "command")[1])


def test_a_command_can_mark_what_it_does(tmp_path):
    program = command("poolmon-log")[0]
    for path in (tmp_path / "a.ndjson", tmp_path / "logs"):
        output = path if path.suffix else f"{path}/"
        result = log("-q", "--root", TREE, "-o", output, "--", "sh", "-c",
                     f"for i in 1 2 3; do {program} mark -o {output} cycle || exit 9; done")
        assert result.returncode == 0, result.stderr
        rows = rows_of((path if path.suffix else path / "poolmon.ndjson").read_text())
        assert notes_of(rows, "mark") == ["text=cycle"] * 3


def test_a_very_long_command_line_is_cut(tmp_path):
    path = tmp_path / "a.ndjson"
    assert log("-q", "--root", TREE, "-o", path, "--", "true", "x" * 100000, "'" * 5000).returncode == 0
    assert 900 < len(notes_of(rows_of(path.read_text()), "command")[0]) < 2100
    assert analyze("validate", path).returncode == 0

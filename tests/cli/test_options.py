# SPDX-License-Identifier: MIT
"""Options of poolmon-log from a file, and what it says of itself at the end."""
import os
import re
import shlex
import subprocess

import pytest
from harness import ROOT, analyze, checked, command, events_of, log, poolmon, rows_of, run, samples_of

TREE = ROOT / "tests/roots/linux-6.12"


@pytest.fixture
def config(tmp_path):
    def write(text):
        (tmp_path / "poolmon-log.conf").write_text(text)
        return tmp_path / "poolmon-log.conf"
    return write


def test_options_come_from_a_file(small, config, tmp_path):
    path = config(f"# what is recorded\n\n  source = {small}\r\n\tcount=3\ninclude = dentry\ninclude = fi*\nlabel = lab=a b\n"
                  f"output = {tmp_path}/out.csv\nquiet")
    result = log("--config", path)
    assert result.returncode == 0 and result.stdout == result.stderr == ""
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0].endswith(",note,lab") and lines[3].endswith(",a b")
    assert {line.split(",")[3] for line in lines if ",slab," in line} == {"dentry", "filp"}


def test_the_command_line_wins(small, config):
    path = config(f"source = {small}\ncount = 3\nformat = csv\ninclude = dentry\n")
    for words in (["--config", path, "-n", "5", "-f", "ndjson"], ["-n", "5", "-f", "ndjson", "--config", path]):
        rows = samples_of(rows_of(log("-q", *words, "--include", "filp").stdout))
        assert len({row["uptime_s"] for row in rows}) == 5
        assert {row["tag"] for row in rows if row["pool"] == "slab"} == {"dentry", "filp"}  # these add up


@pytest.mark.parametrize("line, quiet", [("quiet", True), ("quiet = yes", True), ("quiet = no", False)])
def test_options_without_an_argument_are_yes_or_no(small, config, line, quiet):
    assert (log("--config", config(f"source = {small}\n{line}\n")).stderr == "") == quiet


def test_gzip_takes_a_level_or_none(small, config):
    for line in ("gzip", "gzip =", "gzip = 9"):
        assert log("-q", "-s", small, "--config", config(line), text=False).stdout[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("line, message", [
    ("intervall = 5s", "there is no option 'intervall', did you mean 'interval'?"), ("interval = soon", "no length of time"),
    ("interval", "interval needs a value; write interval = TIME"), ("interval =", "needs a value"),
    ("output logs/", "there is no '=' behind output; write output = logs/"), ("quiet\tyes", "write quiet = yes"),
    ("outptu logs/", "there is no option 'outptu', did you mean 'output'?"),
    ("count = 99999999999999999999", "--count: '99999999999999999999' is too large; the most is"),
    ("interval = 99999999999d", "'99999999999d' is too long"), ("keep-size = 17EiB", "'17EiB' is too large"),
    ("keep-size = 1.5B", "is no size"), ("interval = 1x", "no length of time"),
    ("quiet = maybe", "quiet is yes or no, not 'maybe'"), ("keep = 0", "not a whole number"),
    ("--interval = 5s", "there is no option '--interval'"), ("config = x", "belongs on the command line"),
    ("list-sources", "belongs on the command line"), ("help", "there is no option 'help'"), ("= 5", "there is no option ''")])
def test_mistakes_are_told_with_file_and_line(config, line, message):
    path = config(f"# one\ncount = 3\n{line}\n")
    result = log("--config", path)
    assert result.returncode == 2
    assert result.stderr.startswith(f"poolmon-log: {path}:3: ") and message in result.stderr


def test_what_is_wrong_with_the_whole_is_not_blamed_on_a_line(config):
    result = log("--config", config("keep = 5\n"))
    assert result.returncode == 2 and result.stderr.startswith("poolmon-log: --keep limits rotated files")


def test_a_file_that_is_not_there_is_told(tmp_path):
    result = log("--config", tmp_path / "none")
    assert result.returncode == 2 and str(tmp_path / "none") in result.stderr


def test_stats_say_what_it_cost(tmp_path):
    (tmp_path / "clock").write_text("at 22 suspend 60\nat 500 stall 4\n")
    result = log("-q", "--stats", "--root", TREE, "-n", "200", "-o", tmp_path / "a.ndjson",
                 env={**os.environ, "POOLMON_CLOCK": str(tmp_path / "clock")})
    found = re.fullmatch(r"poolmon-log: stats: 200 ticks, 2 late, 11 missed, (\d+) bytes, (\d+\.\d) us CPU per tick\n",
                         result.stderr)
    assert found, result.stderr
    assert int(found.group(1)) == (tmp_path / "a.ndjson").stat().st_size
    assert 0 < float(found.group(2)) < 100000
    gaps = [row["note"] for row in events_of(rows_of((tmp_path / "a.ndjson").read_text()), "gap")]
    assert gaps == ["missed=11 late_s=57.000 cause=suspend", "missed=0 late_s=4.000 cause=late"]


HELP = [("poolmon", "--help"), ("poolmon", "/?"), ("poolmon", "--version"), ("poolmon-log", "--help"), ("poolmon-log", "mark", "--help"),
        ("poolmon-log", "--list-sources"), ("poolmon-log", "--version"), ("poolmon-analyze", "--help"),
        ("poolmon-analyze", "--version"), ("poolmon-analyze", "report", "--help"), ("poolmon-analyze", "diff", "--help"),
        ("poolmon-analyze", "convert", "--help")]


@pytest.mark.parametrize("words", HELP)
def test_what_can_not_be_printed_is_told(words):
    for where, status, message in (("> /dev/full", 4, "standard output: can't be written: No space left"),
                                   (">&-", 4, "standard output: can't be written: Bad file descriptor"), ("> /dev/null", 0, "")):
        result = checked(subprocess.run(f"{shlex.join(command(*words))} {where}", shell=True, capture_output=True, text=True))
        assert result.returncode == status and message in result.stderr and result.stdout == "", where
        assert (result.stderr == "") == (status == 0)
    ends, begins = os.pipe()
    os.close(ends)
    result = checked(subprocess.run(command(*words), stdout=begins, stderr=subprocess.PIPE, text=True))
    os.close(begins)
    assert result.returncode == 0 and result.stderr == ""  # nobody reads it, as of all that is written


def test_messages_do_not_go_into_files(tmp_path):
    path = tmp_path / "a.ndjson"
    words = shlex.join(command("poolmon-log", "--root", TREE, "-i", "10ms", "-n", "3", "-o", path))
    for closed in ("2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        assert subprocess.run(f"{words} {closed}", shell=True).returncode == 0
        result = analyze("validate", path)
        assert result.returncode == 0, result.stdout
        path.unlink()


def test_an_output_needs_a_name():
    for words in (["poolmon-analyze", "report", "-o", "", "x"], ["poolmon-analyze", "convert", "-t", "csv", "--output=", "x"],
                  ["poolmon-log", "-o", ""], ["poolmon", "--scan-drivers", "x", "-o", ""]):
        result = run(*words)
        assert result.returncode == 2 and "--output needs a name" in result.stderr, words
    assert "--snapshot needs a name" in poolmon("--snapshot=").stderr


def test_standard_streams_are_called_by_their_names(tmp_path, small):
    def failing(*words, **kwargs):
        result = checked(subprocess.run(command(*words), stderr=subprocess.PIPE, text=True, **kwargs))
        assert result.returncode in (3, 4) and " -: " not in result.stderr
        return result.stderr

    with open("/dev/full", "w") as full:
        for words in (["poolmon-log", "-s", small], ["poolmon-analyze", "info", ROOT / "tests/logs/good-pools.csv"],
                      ["poolmon", "--root", TREE, "--count", "1"]):
            stderr = failing(*words, stdout=full)
            assert "standard output: can't be written: No space left" in stderr and "--keep-size" not in stderr
    report = ["poolmon-analyze", "report", "-"]
    assert "standard input: is empty; what should write to it wrote nothing" in failing(*report, stdin=subprocess.DEVNULL)
    assert "standard input: not a poolmon log" in failing(*report, input="hello\n")
    folder = os.open(tmp_path, os.O_RDONLY)
    assert "standard input: can't be read: Is a directory" in failing(*report, stdin=folder)
    os.close(folder)
    result = analyze("report", "-", input=(ROOT / "tests/logs/good-pools.csv").read_text() + "nonsense\n")
    assert result.returncode == 0 and re.search(r"standard input:\d+: ", result.stderr)

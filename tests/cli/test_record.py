# SPDX-License-Identifier: MIT
"""poolmon-log: where it writes, how it begins and ends, and what it does when something goes wrong."""
import collections
import datetime
import gzip
import itertools
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time

import pytest
from harness import (BUILD, PROGRAMS, ROOT, analyze, checked, command, events_of, log, report, rows_of, run,
                      samples_of)

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
TREE = ROOT / "tests/roots/linux-6.12"


def read(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


def files_of(directory):
    return sorted(path.name for path in directory.iterdir())


def parts_of(directory):
    """All files of an output directory, oldest first: by the first row of each."""
    return sorted((rows_of(read(path)) for path in directory.iterdir()), key=lambda rows: rows[0]["uptime_s"])


# ---- where to write ----

def test_a_directory_gets_the_active_file_and_nothing_else(small, tmp_path):
    result = log("-s", small, "-o", f"{tmp_path}/logs/")
    assert result.returncode == 0
    assert files_of(tmp_path / "logs") == ["poolmon.ndjson"]
    assert "20 snapshots" in result.stderr and "logs/poolmon.ndjson" in result.stderr
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "logs/poolmon.ndjson").stat().st_mode) == 0o640


def test_names_say_the_format(small, tmp_path):
    for name, begins in (("a.csv", "time,"), ("a.ndjson", '{"time"'), ("a.log", '{"time"'), ("a.csv.gz", "time,")):
        assert log("-q", "-s", small, "-o", tmp_path / name).returncode == 0
        assert read(tmp_path / name).startswith(begins)
    assert log("-q", "-s", small, "-f", "ndjson", "-o", tmp_path / "b.csv").returncode == 0
    assert read(tmp_path / "b.csv").startswith('{"time"')


@pytest.mark.parametrize("form", ["ndjson", "csv"])
@pytest.mark.parametrize("pack", [[], ["-z"]])
def test_rotation_by_size_loses_and_splits_nothing(small, tmp_path, form, pack):
    whole = log("-q", "-s", small, "-f", form).stdout
    logs = tmp_path / "logs"
    result = log("-q", "-s", small, "-f", form, "-o", f"{logs}/", "--rotate-size", "2500", *pack)
    assert result.returncode == 0, result.stderr
    rotated = [name for name in files_of(logs) if name != f"poolmon.{form}"]
    assert len(rotated) >= 3
    for name in rotated:
        assert re.fullmatch(rf"poolmon-20260101T\d{{6}}Z(-\d+)?\.{form}" + (r"\.gz" if pack else ""), name)
        assert len(read(logs / name)) <= 2500
        if pack:
            subprocess.run(["gunzip", "-t", logs / name], check=True)
    assert stat.S_IMODE((logs / rotated[0]).stat().st_mode) == 0o640
    joined = report(logs)
    single = tmp_path / "single"
    single.write_text(whole)
    assert joined["findings"] == report(single)["findings"]
    assert joined["input"]["duplicates"] == joined["input"]["rejected"] == 0
    if form == "ndjson":
        parts = parts_of(logs)
        uptimes = [{row["uptime_s"] for row in samples_of(rows)} for rows in parts]
        assert all(not a & b for a, b in zip(uptimes, uptimes[1:]))
        for rows in parts:
            assert rows[0]["tag"] == "start"
        for before, rows in zip(parts, parts[1:]):
            note = events_of(rows, "rotate")[0]["note"]
            previous = note.removeprefix("previous=")
            assert rows_of(read(logs / (previous + (".gz" if pack else "")))) == before


def test_rotation_by_time(small, tmp_path):
    log("-q", "-s", small, "-o", f"{tmp_path}/logs/", "--rotate-every", "30s")
    lengths = [len({row["uptime_s"] for row in samples_of(rows)}) for rows in parts_of(tmp_path / "logs")]
    assert lengths == [6, 6, 6, 2]


@pytest.mark.parametrize("pack", [[], ["-z"]])
def test_keep_removes_the_oldest_and_nothing_else(small, tmp_path, pack):
    logs = tmp_path / "logs"
    logs.mkdir()
    others = ["poolmon-notes.txt", "poolmon-20260101T000000Z.csv", "poolmon-2026.ndjson", "x.ndjson.gz",
              "poolmon-20260101T000000Z-x.ndjson", ".poolmon-20260101T000000Z.csv.gz.tmp"]
    for name in others:
        (logs / name).write_text("mine")
    log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500", "--keep", "3", *pack)
    ours = [name for name in files_of(logs) if name not in others]
    assert len(ours) == 4 and "poolmon.ndjson" in ours
    assert all((logs / name).read_text() == "mine" for name in others)
    last = max(row["uptime_s"] for rows in map(rows_of, map(read, (logs / name for name in ours))) for row in rows)
    assert last == 195.0


def test_what_a_crash_left_of_compression_is_finished(small, tmp_path):
    logs = tmp_path / "logs"
    log("-q", "-s", small, "-o", f"{logs}/", "--rotate-size", "2500")
    names = [name for name in files_of(logs) if name != "poolmon.ndjson"]
    before = {name: read(logs / name) for name in names}
    (logs / f".{names[0]}.gz.tmp").write_bytes(bytes.fromhex("1f8b08040000000000ff0c00504d0800") + b"half made")
    (logs / f"{names[1]}.gz").write_bytes(gzip.compress(before[names[1]].encode()))  # not yet removed
    log("-q", "-s", small, "-o", f"{logs}/", "-z", "--rotate-size", "1G")
    assert sorted(set(files_of(logs)) - {"poolmon.ndjson"}) == [f"{name}.gz" for name in names]
    for name in names:
        assert read(logs / f"{name}.gz") == before[name]


# ---- going on with what is there ----

@pytest.mark.parametrize("name", ["a.ndjson", "a.csv", "a.ndjson.gz", "a.csv.gz"])
def test_a_second_recording_continues_the_log(script, tmp_path, name):
    path = tmp_path / name
    log("-q", "-s", script("ticks 5\nuptime 100\nrow slab x Recl diff=1+1 bytes=64+64\n"), "-o", path)
    result = log("-q", "-s", script("ticks 5\nuptime 200\nrow slab x Recl diff=9+1 bytes=576+64\n"), "-o", path)
    assert result.returncode == 0, result.stderr
    document = report(path)
    assert document["findings"][0]["samples"] == 10
    assert document["input"]["starts"] == 2 and document["input"]["rejected"] == 0
    assert read(path).count("time,uptime_s") == (1 if "csv" in name else 0)


@pytest.mark.parametrize("name", ["a.ndjson", "a.csv"])
def test_a_torn_last_line_is_cut_off_and_told(script, tmp_path, name):
    path = tmp_path / name
    log("-q", "-s", script("ticks 5\nrow slab x Recl diff=1+1 bytes=64+64\n"), "-o", path)
    whole = read(path)
    path.write_text(whole + whole.splitlines()[-2][:30])
    log("-q", "-s", script("ticks 5\nuptime 200\nrow slab x Recl diff=9+1 bytes=576+64\n"), "-o", path)
    text = read(path)
    assert text.startswith(whole)
    assert "cut_bytes=30" in text
    assert report(path)["input"]["rejected"] == 0


def test_a_gzip_file_cut_anywhere_is_repaired(script, tmp_path):
    path = tmp_path / "a.ndjson.gz"
    log("-q", "-s", script("ticks 30\nrow slab x Recl diff=1+1 bytes=64+64\n"), "-o", path)
    data, plain = path.read_bytes(), read(path)
    again = script("ticks 3\nuptime 500\nrow slab x Recl diff=9+1 bytes=576+64\n")
    for cut in (1, 9, 100, len(data) // 2, len(data) - 30, len(data) - 2):
        path.write_bytes(data[:16] + b"\0" * 8 + data[24:-cut] if cut < len(data) - 24 else data[:-cut])
        result = log("-q", "-s", again, "-o", path)
        assert result.returncode == 0, result.stderr
        subprocess.run(["gunzip", "-t", path], check=True)
        kept = read(path)
        kept = kept[:kept.rindex('{"time":"2026-01-01T00:00:00.000Z","uptime_s":500.000,"pool":"event","tag":"start"')]
        assert plain.startswith(kept) and (kept == "" or kept.endswith("\n"))
        assert len(kept) > len(plain) - 40 * cut - 4000 or cut > len(data) // 2
        assert report(path)["input"]["rejected"] == 0


@pytest.mark.parametrize("name, content, message", [
    ("a.ndjson", b"dear diary\n", "is no log of this format"),
    ("a.csv", b'{"time":"2026-01-01T00:00:00.000Z"}\n', "is no log of this format"),
    ("a.ndjson.gz", b'{"time":"2026-01-01T00:00:00.000Z"}\n', "is not gzip"),
    ("a.ndjson", gzip.compress(b'{"time":"2026-01-01T00:00:00.000Z"}\n', mtime=0), "is gzip"),
    ("a.csv", b"time,uptime_s,pool,tag\n", "other columns")])
def test_what_is_no_log_is_never_touched(small, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    result = log("-q", "-s", small, "-o", path)
    assert result.returncode == 3
    assert message in result.stderr and str(path) in result.stderr
    assert path.read_bytes() == content


def test_other_columns_in_a_directory_begin_a_new_file(small, tmp_path):
    logs = tmp_path / "logs"
    log("-q", "-s", small, "-f", "csv", "-o", f"{logs}/", "--label", "build=1")
    assert log("-q", "-s", small, "-f", "csv", "-o", f"{logs}/", "--label", "lab=2").returncode == 0
    assert len(files_of(logs)) == 2
    assert read(logs / "poolmon.csv").splitlines()[0].endswith(",note,lab")


# ---- beginning and end ----

def test_limits_end_the_recording(small):
    assert len(samples_of(rows_of(log("-q", "-s", small, "-n", "3").stdout))) == 3 * 5
    rows = rows_of(log("-q", "-s", small, "-d", "20s").stdout)
    assert {row["uptime_s"] for row in rows} == {100.0, 105.0, 110.0, 115.0, 120.0}
    assert "reason=duration" in events_of(rows, "stop")[0]["note"]


def test_include_and_exclude_choose_tags_but_keep_totals(small):
    def tags(*options):
        return {row["tag"] for row in samples_of(rows_of(log("-q", "-s", small, *options).stdout))}

    totals = {"Total", "PageFlts"}
    assert tags("--include", "d*") == {"dentry"} | totals
    assert tags("--exclude", "d*", "--exclude", "Io*") == {"filp"} | totals
    assert tags("--include", "*", "--exclude", "filp") == {"dentry", "Io\\x20\\x20"} | totals


def live(*args):
    """A recording of a captured system, which goes on until it is ended."""
    return subprocess.Popen(command("poolmon-log", "--root", TREE, "-i", "20ms", *args), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_with_a_last_sample(tmp_path, number):
    path = tmp_path / "a.ndjson"
    process = live("-o", path)
    while not path.exists() or path.read_text().count('"dentry"') < 3:
        time.sleep(0.01)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr
    rows = rows_of(path.read_text())
    assert rows[-1]["tag"] == "stop" and "reason=signal" in rows[-1]["note"]
    assert rows[-2]["pool"] == "slab" and rows[-2]["uptime_s"] == rows[-1]["uptime_s"]


def test_a_reader_that_leaves_ends_it_quietly():
    process = live()
    assert '"start"' in process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    stderr = process.stderr.read()
    assert "rror" not in stderr and "can't" not in stderr
    process.stderr.close()


def test_a_reader_that_leaves_before_an_event_ends_it_quietly(tmp_path):
    """What finds it gone may be a gap that is told before the next snapshot."""
    (tmp_path / "clock").write_text("".join(f"at {at} stall 6\n" for at in range(3, 100000, 11)))
    tree = slab_tree(tmp_path, [("a", 1)])  # nothing but events is written of it
    with subprocess.Popen(command("poolmon-log", "-q", "--root", tree, "--include", "none", "-i", "5s"), text=True,
                          env={**os.environ, "POOLMON_CLOCK": str(tmp_path / "clock")}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        while '"gap"' not in process.stdout.readline():
            pass
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert "can't" not in process.stderr.read()


def test_a_command_is_recorded_from_before_to_after(tmp_path):
    path = tmp_path / "a.ndjson"
    result = log("--root", TREE, "-i", "50ms", "-o", path, "--", "sh", "-c", f"wc -l < {path}; sleep 0.3; exit 7")
    assert result.returncode == 7
    assert int(result.stdout) > 100  # the first snapshot is there when the command begins
    rows = rows_of(path.read_text())
    assert "reason=command-ended" in rows[-1]["note"]
    assert len({row["uptime_s"] for row in samples_of(rows)}) >= 4


def test_a_command_keeps_its_exit_status_and_its_signals(tmp_path):
    def status(*words):
        return log("-q", "--root", TREE, "-o", tmp_path / "a.ndjson", "--", *words).returncode

    assert status("true") == 0
    assert status("false") == 1
    assert status("sh", "-c", "kill -KILL $$") == 128 + 9
    assert status("/no/such/program") == 127
    assert status(str(tmp_path)) == 126
    assert status(sys.executable, "-c", "import signal; exit(signal.getsignal(signal.SIGPIPE) is None)") == 0


def test_a_request_to_stop_is_handed_on_to_the_command(tmp_path):
    path = tmp_path / "a.ndjson"
    process = live("-q", "-o", path, "--", "sh", "-c", "trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done")
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 42
    assert rows_of(path.read_text())[-1]["tag"] == "stop"


def test_late_ticks_are_told_and_not_filled_in(tmp_path):
    path = tmp_path / "a.ndjson"
    process = live("-o", path)
    while not path.exists() or path.read_text().count('"dentry"') < 3:
        time.sleep(0.01)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    process.send_signal(signal.SIGCONT)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    gaps = events_of(rows_of(path.read_text()), "gap")
    missed = [int(re.search(r"missed=(\d+)", row["note"]).group(1)) for row in gaps]
    assert sum(missed) >= 15
    assert report(path)["input"]["missed"] == sum(missed)


# ---- when something goes wrong ----

def test_a_failing_source_is_a_row_and_not_the_end(script):
    source = script("ticks 6\nfail 2 the pond has dried up\nfail 3 the pond has dried up\nrow slab x Recl bytes=1\n")
    result = log("-s", source)
    rows = rows_of(result.stdout)
    assert result.returncode == 0
    assert result.stderr.count("the pond has dried up") == 1  # said once, however long it lasts
    assert len(samples_of(rows)) == 4
    assert len(events_of(rows, "source-error")) == 2
    assert 'cause="the pond has dried up"' in events_of(rows, "source-error")[0]["note"]


def test_outputs_that_can_not_be_written_are_told():
    result = log("-q", "--root", TREE, "-n", "1", "-o", "/dev/full")
    assert result.returncode == 4
    assert "/dev/full" in result.stderr and "No space left" in result.stderr
    result = log("-q", "--root", TREE, "-n", "1", "-o", "/no/such/place/")
    assert result.returncode == 4 and "/no/such/place" in result.stderr
    result = log("-q", "--root", TREE, "-n", "1", "-o", "/no/such/place/a.ndjson")
    assert result.returncode == 4 and "/no/such/place/a.ndjson" in result.stderr


def test_a_directory_without_permission_is_told(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    if as_nobody and shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    for part in [tmp_path, *tmp_path.parents][:-2]:
        if os.geteuid() == 0:
            part.chmod(part.stat().st_mode | 0o055)
    program = tmp_path / "poolmon-log"
    shutil.copy(PROGRAMS / "poolmon-log", program)
    result = checked(subprocess.run(
        [*as_nobody, program, "-q", "-s", f"scripted:{write_public(tmp_path)}", "-o", f"{closed}/"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL))
    assert result.returncode == 4, result.stderr
    assert "Permission denied" in result.stderr and str(closed) in result.stderr


def write_public(directory):
    path = directory / "script.txt"
    path.write_text("row slab x Recl bytes=1\n")
    path.chmod(0o644)
    return path


@NEEDS_ROOT
@pytest.mark.parametrize("name", ["a.ndjson", "a.csv", "a.ndjson.gz", "logs/"])
def test_a_full_disk_leaves_a_whole_log(tmp_path, name):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here: " + mounted.stderr.decode().strip())
    try:
        result = log("-q", "--root", TREE, "-i", "1ms", "-d", "1s", "-o", f"{disk}/{name}")
        assert result.returncode == 4
        assert "No space left" in result.stderr and "complete" in result.stderr
        path = disk / ("logs/poolmon.ndjson" if name == "logs/" else name)
        found = analyze("report", "--format", "json", "--all", path)
        document = json.loads(found.stdout)
        assert document["input"]["snapshots"] > 3
        kinds = {reject["kind"] for reject in document["rejects"]}
        assert kinds <= ({"gzip-truncated"} if name.endswith(".gz") else set())
        if not name.endswith(".gz"):
            assert path.read_bytes().endswith(b"\n")
        samples = {finding["samples"] for finding in document["findings"]}
        assert samples == {document["input"]["snapshots"]}  # no snapshot was left half written
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("options, message", [
    (["-i", "0"], "too short"), (["-i", "0ms"], "too short"), (["-i", "fast"], "is no length of time"),
    (["-i", "-5s"], "is no length of time"), (["-d", "0"], "too short"), (["-n", "0"], "from 1"),
    (["-n", "many"], "whole number"), (["-f", "xml"], "neither ndjson nor csv"), (["-z0"], "from 1 to 9"),
    (["-z10"], "from 1 to 9"), (["--rotate-size", "0"], "0 bytes"), (["--rotate-size", "big"], "is no size"),
    (["--keep", "3"], "nothing is rotated"), (["--keep", "0", "--rotate-size", "1M"], "from 1"),
    (["--frobnicate"], "unknown option"), (["--intervall", "5s"], "did you mean '--interval'?"),
    (["-Q"], "unknown option '-Q'"), (["-i"], "needs an argument"), (["--quiet=yes"], "takes no argument"),
    (["stray"], "'stray' is no option"), (["--"], "no command behind"), (["-s", "nosuch"], "no source 'nosuch'"),
    (["-s", "replay"], "needs a PATH"), (["-s", "slab:x"], "takes nothing behind a colon"),
    (["--rotate-size", "1M"], "needs a directory"), (["--rotate-size", "1M", "-o", "a.ndjson"], "needs a directory")])
def test_wrong_usage_is_told(options, message, tmp_path):
    result = log("--root", TREE, *options, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert message in result.stderr
    assert result.stdout == ""
    assert all(line.startswith("poolmon-log: ") for line in result.stderr.splitlines())
    assert list(tmp_path.iterdir()) == []


# ---- sources ----

def test_a_script_can_be_followed_at_the_time_of_day(tmp_path):
    (tmp_path / "script").write_text("ticks 1000\nrow slab x Recl bytes=5+1\n")
    before = datetime.datetime.now(datetime.timezone.utc)
    result = log("-q", "-s", f"live:{tmp_path}/script", "-i", "20ms", "-n", "3")
    after = datetime.datetime.now(datetime.timezone.utc)
    assert result.returncode == 0, result.stderr
    rows = samples_of(rows_of(result.stdout))
    times = [datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00")) for row in rows]
    assert [row["bytes"] for row in rows] == [5, 6, 7] and times == sorted(set(times))
    slack = datetime.timedelta(milliseconds=1)  # as rows have no more digits
    assert before - slack <= times[0] and times[-1] <= after + slack


def test_sources_are_listed_with_what_to_do(tmp_path):
    result = log("--list-sources")
    assert result.returncode == 0
    for name in ("slab", "replay:PATH", "scripted:FILE"):
        assert name in result.stdout
    (tmp_path / "proc").mkdir()
    result = log("--list-sources", "--root", tmp_path)
    assert "not usable here" in result.stdout and "slabinfo" in result.stdout


def test_a_source_that_can_not_be_read_is_told(tmp_path):
    (tmp_path / "proc").mkdir()
    result = log("--root", tmp_path)
    assert result.returncode == 4
    assert f"{tmp_path}/proc/slabinfo" in result.stderr and "does not show" in result.stderr
    (tmp_path / "proc/slabinfo").write_text("slabinfo - version: 1.1\nkmem_cache 60 78 100 2 2 1\n")
    result = log("--root", tmp_path)
    assert result.returncode == 4 and "not the slabinfo that this version knows" in result.stderr
    result = log("--root", tmp_path / "nowhere")
    assert result.returncode == 4 and "nowhere" in result.stderr


@NEEDS_ROOT
def test_under_sudo_the_caller_can_read_what_root_recorded(small, tmp_path):
    environment = {**os.environ, "SUDO_UID": "1234", "SUDO_GID": "1234"}
    result = log("-s", small, "-o", f"{tmp_path}/logs/", "--", "sh", "-c", f"id -g > {tmp_path}/group", env=environment)
    assert result.returncode == 0
    for path in (tmp_path / "logs", tmp_path / "logs/poolmon.ndjson"):
        assert (path.stat().st_uid, path.stat().st_gid) == (0, 1234)
    assert (tmp_path / "group").read_text() == "0\n"  # the command itself runs as it would without
    for odd in ("", "x", "-1", "99999999999999999999"):
        assert log("-q", "-s", small, "-o", tmp_path / "odd", env={**os.environ, "SUDO_GID": odd}).returncode == 0
        assert (tmp_path / "odd").stat().st_gid == 0
        (tmp_path / "odd").unlink()


def test_patterns_that_match_nothing_are_told(small):
    result = log("-q", "-s", small, "--include", "nothing*")
    assert result.returncode == 0 and "no tag that --include and --exclude let through" in result.stderr
    assert log("-q", "-s", small, "--include", "dent*").stderr == ""


SLABINFO_HEADER = ("slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
                   " : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n")


def slab_tree(tmp_path, caches):
    """A root whose slabinfo has these (name, objects of 64 bytes)."""
    (tmp_path / "proc").mkdir(exist_ok=True)
    text = SLABINFO_HEADER + "".join(
        f"{name} {n} {n} 64 64 1 : tunables 0 0 0 : slabdata 1 1 0\n" for name, n in caches)
    with open(tmp_path / "proc/slabinfo", "r+" if (tmp_path / "proc/slabinfo").exists() else "w") as file:
        file.write(text)
        file.truncate()
    return tmp_path


def test_the_longest_cache_names_are_cut_and_nothing_else(tmp_path):
    names = ["x" * n for n in (63, 64, 65, 511, 512, 5000)]
    tree = slab_tree(tmp_path, [(name, 10 ** i) for i, name in enumerate(names)])
    rows = samples_of(rows_of(log("-q", "--root", tree, "-n", "3", "-i", "1ms").stdout))
    shown = [(row["tag"], row["diff"]) for row in rows if row["pool"] == "slab"]
    # what is left of the last three is one name, hence one row
    expected = [(names[0], 1), (names[1], 10), (names[2], 100), (names[3], 111000)]
    assert shown == expected * 3


def test_caches_that_come_go_and_move_keep_their_numbers(tmp_path):
    slab_tree(tmp_path, [("a", 1)])
    with subprocess.Popen(command("poolmon-log", "-q", "--root", tmp_path, "-i", "20ms"),
                          stdout=subprocess.PIPE, text=True) as process:
        snapshots = itertools.groupby((row for row in map(json.loads, process.stdout) if row["pool"] == "slab"),
                                      key=lambda row: row["uptime_s"])
        for caches in ([("a", 1), ("b", 2), ("c", 3)],
                       [("new", 9), ("a", 1), ("b", 2), ("c", 3)],
                       [("a", 4), ("c", 6)],
                       [("c", 5), ("b", 7), ("a", 8), ("a", 1)]):
            slab_tree(tmp_path, caches)
            expected = collections.Counter()
            for name, n in caches:
                expected[name] += n
            # a snapshot or two may have been under way when the file changed
            seen = [{row["tag"]: row["diff"] for row in rows} for _, rows in itertools.islice(snapshots, 20)]
            assert seen[-1] == expected
        process.terminate()


def test_a_script_with_a_mistake_is_told_with_its_line(script):
    result = log("-s", script("ticks 5\nrow pond x Recl bytes=1\n"))
    assert result.returncode == 3
    assert re.search(r"script-1\.txt:2: not a statement", result.stderr)


def test_a_recorded_log_is_a_source(small, tmp_path):
    first, second, third = tmp_path / "a.ndjson", tmp_path / "b.csv", tmp_path / "c.ndjson"
    log("-q", "-s", small, "-o", first)
    assert log("-q", "-s", f"replay:{first}", "-o", second).returncode == 0
    log("-q", "-s", f"replay:{second}", "-o", third)
    a, c = rows_of(first.read_text()), rows_of(third.read_text())
    assert samples_of(a) == samples_of(c)
    assert events_of(a, "mark") == events_of(c, "mark")
    assert "host=north" in events_of(c, "start")[0]["note"]


def test_replay_tells_where_another_boot_begins(script, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    log("-q", "-s", script("boot one\nticks 5\nuptime 900\nrow slab x Recl bytes=1+1\n"), "-o", logs / "1.ndjson")
    log("-q", "-s", script("boot two\nticks 5\nuptime 5\ntime 2026-01-02\nrow slab x Recl bytes=1+1\n"), "-o",
        logs / "2.ndjson")
    rows = rows_of(log("-q", "-s", f"replay:{logs}").stdout)
    notes = [row["note"] for row in events_of(rows, "start")]
    assert len(notes) == 2 and "boot_id=one" in notes[0] and "boot_id=two" in notes[1]


def test_totals_are_whole_however_the_files_change(tmp_path):
    """Of meminfo and vmstat no more is read than what held the totals the last time."""
    slab_tree(tmp_path, [("a", 1)])
    meminfo, vmstat = tmp_path / "proc/meminfo", tmp_path / "proc/vmstat"

    def write(path, text):
        path.with_suffix(".new").write_text(text)
        with open(path, "r+" if path.exists() else "w") as file:
            file.write(text)
            file.truncate()

    def memory(fill, total, commit):
        return f"MemTotal: {total} kB\nMemFree: 7 kB\n" + fill + f"Committed_AS: {commit} kB\n" + "Rest: 1 kB\n" * 50

    def faults(fill, n, end="\n"):
        return "nr_free_pages 5\n" + fill + f"pgfault {n}{end}"

    cases = [(memory("", 1, 2), faults("", 3)),
             (memory("", 10**15, 10**16), faults("", 10**19)),  # longer than what was set aside for it
             (memory("Other: 1 kB\n" * 500, 1, 9), faults("more 1\n" * 5000, 4)),
             (memory("", 1, 9), faults("", 5, "")),  # no newline at its end
             (memory("", 1, 9), faults("x" * 60 + " 1\n", 1234567890123, "")),
             (memory("", 1, 9), faults("x" * 3 + " 1\n", 1234567890123)),
             (memory("", 1, 9), "nr_free_pages 5\n"),  # it is gone
             (memory("", 1, 9), faults("y 1\n" * 100, 6))]
    write(meminfo, cases[0][0])
    write(vmstat, cases[0][1])
    with subprocess.Popen(command("poolmon-log", "-q", "--root", tmp_path, "-i", "20ms"),
                          stdout=subprocess.PIPE, text=True) as process:
        snapshots = itertools.groupby((row for row in map(json.loads, process.stdout) if row["pool"] != "event"),
                                      key=lambda row: row["uptime_s"])
        for info, stat_text in cases:
            write(meminfo, info)
            write(vmstat, stat_text)
            found = re.search(r"pgfault (\d+)", stat_text)
            expected = {"Total": int(re.search(r"MemTotal: (\d+)", info)[1]) * 1024,
                        "Commit": int(re.search(r"Committed_AS: (\d+)", info)[1]) * 1024,
                        "PageFlts": int(found[1]) if found else None}
            # a snapshot or two may have been under way when a file changed
            seen = [{row["tag"]: row.get("bytes", row.get("allocs")) for row in rows}
                    for _, rows in itertools.islice(snapshots, 12)]
            assert {tag: seen[-1].get(tag) for tag in expected} == expected
        process.terminate()

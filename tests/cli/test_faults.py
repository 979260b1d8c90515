# SPDX-License-Identifier: MIT
"""poolmon-log when calls fail and when it is killed: nothing that was in the log is lost or there twice."""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from harness import BUILD, PROGRAMS, analyze, checked, command, events_of, is_sanitized, log, run
from logdir import bytes_in, missed, moments, rows

FAULTS = BUILD / "tests/faults/libfail-calls.so"
TICKS = 12
SCRIPT = (f"ticks {TICKS}\ninterval 1s\nrow slab a Recl diff=1+1 bytes=64+64\nrow slab b Recl diff=1+1 bytes=64+64\n"
          "mark 3 three\nmark 7 seven\nmark 11 eleven\n")
MARKS = ["three", "seven", "eleven"]
LATER = "ticks 2\ninterval 1s\nuptime 1000\ntime 2026-01-02\nrow slab a Recl diff=1 bytes=64\n"


def why_not():
    if not FAULTS.exists():
        return "calls can be made to fail with glibc only"
    if b"/ld-linux" not in (PROGRAMS / "poolmon-log").read_bytes()[:65536]:
        return "nothing can be preloaded into programs that are linked statically"
    return None


needs_faults = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture
def in_memory(tmp_path):
    """A directory that needs no disk: what is made durable here is so at once."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path) as directory:
        yield pathlib.Path(directory)


def faulty(tmp_path, *args, **fail):
    """Runs poolmon-log with calls that fail; gives its result and what the failing library counted."""
    told = tmp_path / "told"
    environment = {**os.environ, "LD_PRELOAD": str(FAULTS), "FAIL_TO": str(told),
                   "ASAN_OPTIONS": "verify_asan_link_order=0", **{key: str(value) for key, value in fail.items()}}
    result = checked(subprocess.run(command("poolmon-log", *args), env=environment, capture_output=True, text=True,
                                    stdin=subprocess.DEVNULL, timeout=60))
    return result, json.loads(told.read_text())


HARMLESS = ["EINTR", "short"]
OUTPUTS = {
    "directory": ("logs/", ["-z", "--rotate-size", "900", "--sync", "always"]),
    "kept": ("logs/", ["-z", "--rotate-size", "900", "--keep-size", "1M", "--sync", "rotate"]),
    "file": ("a.ndjson", ["--sync", "always"]),
    "gzip": ("a.ndjson.gz", ["--sync", "always"]),
}
EVERY = {"EIO": 1, "ENOSPC": 3, "full": 1, "EROFS": 7}


def check_rows(output, result, ticks):
    """Each snapshot is in the log once, or is told to be missing; of those that are, none is half there."""
    found = rows(output, finished=result.returncode == 0 or output.is_dir())
    at = moments(found)
    end = re.search(r"could not be written to the end: (\d+) snapshot", result.stderr)
    told = missed(found)
    # What is missing at the end is in the log only if the last row, which comes after it, could be written.
    if end is not None and not any(row["tag"] == "stop" and row["uptime_s"] < 1000 for row in found):
        told += int(end[1])
    if result.returncode == 0:
        assert end is None
    first = [moment for moment in at if moment < 1000]
    begun = bool(first) or told > 0
    assert end is None or result.returncode == 4
    assert len(first) + told == ticks if begun else result.returncode == 4 and result.stderr, result.stderr
    samples = {moment: 0 for moment in at}
    for row in found:
        if row["pool"] != "event":
            samples[row["uptime_s"]] += 1
    assert all(n == (2 if moment < 1000 else 1) for moment, n in samples.items())
    if begun and end is None:  # events wait until they can be written
        assert [row["note"] for row in events_of(found, "mark")] == [f"text={text}" for text in MARKS]
    return begun


@needs_faults
@pytest.mark.parametrize("when, least, most", [("never", 0, 0), ("rotate", 3, 5), ("30s", 3, 5), ("always", TICKS, 30)])
def test_sync_says_when_rows_are_made_durable(script, in_memory, when, least, most):
    """Without gzip nothing else asks for it. A snapshot that is written has been made durable with `always`."""
    _, told = faulty(in_memory, "-q", "-s", script(SCRIPT), "-o", f"{in_memory}/logs/", "--rotate-size", "1500", "--sync", when)
    assert len(list((in_memory / "logs").iterdir())) == 3
    assert least <= told["fdatasync"] <= most, told


@needs_faults
def test_what_can_not_be_made_durable_is_told_and_recorded_all_the_same(script, in_memory):
    result, _ = faulty(in_memory, "-s", script(SCRIPT), "-o", f"{in_memory}/logs/", "--sync", "always",
                       FAIL_ONLY="fdatasync", FAIL_AT=2, FAIL_TIMES=5)
    assert result.returncode == 0
    assert result.stderr.count("can't be made durable") == 1 and "recording goes on" in result.stderr
    assert len(moments(rows(in_memory / "logs"))) == TICKS


@needs_faults
@pytest.mark.parametrize("fault, cause", [("ENOSPC", "disk-full"), ("full", "disk-full"), ("EIO", "io-error"),
                                          ("EROFS", "read-only")])
def test_a_gap_tells_what_is_missing_and_why(script, in_memory, fault, cause):
    result, _ = faulty(in_memory, "-s", script(SCRIPT), "-o", in_memory / "a.ndjson", FAIL_ONLY="write", FAIL_WITH=fault,
                       FAIL_AT=4, FAIL_TIMES=1 if fault == "full" else 3)
    missing = 1 if fault == "full" else 3
    assert result.returncode == 0
    assert result.stderr.count("sampling goes on") == 1
    assert f"is written again; {missing} snapshot" in result.stderr
    found = rows(in_memory / "a.ndjson")
    gap, = events_of(found, "gap")
    assert gap["note"] == f"missed={missing} cause={cause}"
    after = found[found.index(gap) + 1]
    assert after["uptime_s"] == gap["uptime_s"] == 103.0 + missing  # it stands before the next snapshot
    document = json.loads(analyze("report", "--format", "json", "--all", in_memory / "a.ndjson").stdout)
    assert document["input"]["missed"] == missing


@needs_faults
def test_a_recording_that_ends_without_its_end_is_told(script, in_memory):
    result, _ = faulty(in_memory, "-s", script(SCRIPT), "-o", f"{in_memory}/logs/", FAIL_ONLY="write", FAIL_WITH="ENOSPC",
                       FAIL_AT=8, FAIL_TIMES=1000)
    assert result.returncode == 4
    assert "could not be written to the end: 6 snapshots are missing" in result.stderr
    assert len(moments(rows(in_memory / "logs"))) == TICKS - 6


@needs_faults
def test_a_disk_that_fails_again_and_again_is_not_told_each_time(script, in_memory):
    """As one does that is nearly full, where others make room and take it."""
    ticks = 203
    source = script(f"ticks {ticks}\ninterval 1s\nrow slab a Recl diff=1+1 bytes=64+64\n")
    result, _ = faulty(in_memory, "-s", source, "-o", in_memory / "a.ndjson", FAIL_ONLY="write", FAIL_WITH="ENOSPC",
                       FAIL_AT=4, FAIL_TIMES=2, FAIL_EVERY=7)
    assert result.returncode == 0
    begun = [line for line in result.stderr.splitlines() if "sampling goes on" in line]
    assert len(begun) == result.stderr.count("is written again") == 8
    assert ["every ten minutes" in line for line in begun] == [False] * 7 + [True]
    told = sum(map(int, re.findall(r"written again; (\d+)", result.stderr)))
    more = int(re.search(r"now and then: (\d+) more snapshots are missing", result.stderr)[1])
    found = rows(in_memory / "a.ndjson")
    assert told == 16 and told + more == missed(found) > 40  # in the log is all of it
    assert len(moments(found)) + missed(found) == ticks


@needs_faults
@pytest.mark.parametrize("kind, fault", [(kind, fault) for kind in OUTPUTS for fault in [*EVERY, *HARMLESS]
                                         if kind != "kept" or fault in ("EIO", "full")])
def test_any_call_may_fail(script, in_memory, kind, fault):
    name, options = OUTPUTS[kind]
    source, later = script(SCRIPT), script(LATER)
    harmless = fault in HARMLESS
    at = n_begun = n_runs = 0
    while True:
        at += random.randint(1, 7) if is_sanitized() else 1  # some of them, where each takes longer
        n_runs += 1
        place = in_memory / f"at-{at}"
        place.mkdir()
        output = place / name.rstrip("/")
        args = ["-q", "-s", source, "-o", f"{place}/{name}", *options]
        result, told = faulty(in_memory, *args, FAIL_AT=at, FAIL_WITH=fault, FAIL_TIMES=EVERY.get(fault, 1))
        where = f"call {at}: {told['hit']} {fault}: {result.stderr}"
        assert result.returncode in ((0,) if harmless else (0, 4)), where
        try:
            n_begun += check_rows(output, result, TICKS)
            # The next recording finds all of it and puts right what was left undone.
            again = log("-q", "-s", later, "-o", f"{place}/{name}", *options)
            assert again.returncode == 0 and again.stderr == "", again.stderr
            check_rows(output, result, TICKS)
        except AssertionError as error:
            raise AssertionError(where) from error
        assert moments(rows(output))[-2:] == [1000.0, 1001.0]
        if output.is_dir():
            names = sorted(path.name for path in output.iterdir())
            assert names[-1] == "poolmon.ndjson" and all(other.endswith(".gz") for other in names[:-1]), where
        if n_runs % 8 == 1:
            assert run("poolmon-analyze", "validate", output).returncode == 0, where
        shutil.rmtree(place)
        if told["hit"] == "none":
            break
    assert n_begun > n_runs / 2 and at > 20
    print(f"{kind} {fault}: {n_runs - 1} fault points")


# ---- kill -9 ----

def stop(process):
    """Halts all of a process; False if it has ended."""
    os.kill(process.pid, signal.SIGSTOP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return True
    process.returncode = os.waitstatus_to_exitcode(status)
    return False


def endless(script, uptime):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1767225600 + uptime))
    return script(f"ticks 1000000\ninterval 1ms\nuptime {uptime}\ntime {stamp}\n"
                  "row slab a Recl diff=1+1 bytes=64+64\nrow slab b Recl diff=1+1 bytes=64+64\n")


def identity(all_rows):
    return [(row["uptime_s"], row["tag"]) for row in all_rows if row["pool"] != "event"]


@pytest.mark.parametrize("name, options", [
    ("logs/", ["-z", "--rotate-size", "8k", "--sync", "rotate"]),
    ("logs/", ["-z", "--rotate-size", "3k", "--sync", "5ms"]),
    ("a.ndjson", ["--sync", "5ms"]),
    ("a.ndjson.gz", ["--sync", "5ms"])], ids=["directory", "small", "file", "gzip"])
def test_what_was_there_at_kill_9_is_there_for_good(script, in_memory, name, options):
    """Whatever could be read in the moment of the kill is read back, once and in order, by whoever comes later."""
    rounds = int(os.environ.get("POOLMON_KILL_ROUNDS", "100")) // 4
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    states = {"torn": 0, "packing": 0, "two forms": 0, "no active file": 0}
    place = output = acknowledged = None
    for number in range(rounds + 1):
        if number % 10 == 0:  # not to read ever more
            place = in_memory / f"from-{number}"
            place.mkdir()
            output, acknowledged = place / name.rstrip("/"), []
        process = subprocess.Popen(command("poolmon-log", "-q", "-s", endless(script, 1000 * (number + 1)), "-o",
                                           f"{place}/{name}", *options), stderr=subprocess.PIPE)
        time.sleep(chance.uniform(0.002, 0.03))
        assert stop(process), f"seed {seed}: {process.stderr.read()}"
        before = rows(output, finished=False)
        found = identity(before)
        moments(before)
        # All of the runs before is still there, and the rest is of this one.
        assert found[:len(acknowledged)] == acknowledged, f"seed {seed}, round {number}"
        assert all(moment >= 1000 * (number + 1) for moment, _ in found[len(acknowledged):]), f"seed {seed}"
        note_state(states, output)
        process.kill()
        process.communicate()
        acknowledged = found
        check_killed(output)
    result = log("-q", "-s", script(f"ticks 1\nuptime {1000 * (rounds + 3)}\ntime 2027-01-01\nrow slab a Recl diff=1\n"),
                 "-o", f"{place}/{name}", *options)
    assert result.returncode == 0 and result.stderr == ""
    assert identity(rows(output))[:-1] == acknowledged
    assert analyze("validate", output).returncode == 0
    if output.is_dir():
        assert all(path.name.endswith(".gz") for path in output.iterdir() if path.name != "poolmon.ndjson")
    print(f"{name}: {rounds + 1} kills, {states}")


def note_state(states, output):
    if output.is_dir():
        names = {path.name for path in output.iterdir()}
        states["packing"] += any(name.endswith(".tmp") for name in names)
        states["two forms"] += any(f"{name}.gz" in names for name in names)
        states["no active file"] += "poolmon.ndjson" not in names
        output = output / "poolmon.ndjson"
    if output.exists() and output.suffix == ".ndjson":
        data = output.read_bytes()
        states["torn"] += data != b"" and not data.endswith(b"\n")


def check_killed(output):
    """Compressed files are whole at any time."""
    packed = [str(path) for path in output.glob("*.gz")] if output.is_dir() else []
    if packed:
        subprocess.run(["gunzip", "-t", *packed], check=True)


# ---- how much is kept ----

@pytest.mark.parametrize("pack", [[], ["-z"]], ids=["plain", "packed"])
def test_keep_size_is_never_exceeded(script, in_memory, pack):
    limit, logs = 60000, in_memory / "logs"
    rotations = 5000
    source = script(f"ticks {rotations * 2}\ninterval 1s\nrow slab a Recl diff=1+1 bytes=64+64\n"
                    "row slab b Recl diff=1+1 bytes=64+64\n")
    process = subprocess.Popen(command("poolmon-log", "-s", source, "-o", f"{logs}/", "--rotate-size", "700",
                                       "--keep-size", limit, "--sync", "never", *pack), stderr=subprocess.PIPE, text=True)
    most = samples = 0
    while stop(process):
        most = max(most, bytes_in(logs) if logs.exists() else 0)
        samples += 1
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(0.002)
    stderr = process.stderr.read()
    assert process.returncode == 0, stderr
    assert int(re.search(r"in (\d+) files", stderr)[1]) >= rotations
    assert limit * 3 / 4 < most <= limit, samples
    assert bytes_in(logs) <= limit
    at = moments(rows(logs))
    assert at[-1] == 100.0 + rotations * 2 - 1 and at == [at[0] + i for i in range(len(at))]  # the newest, without a hole
    print(f"{pack}: {samples} looks, at most {most} bytes of {limit}")

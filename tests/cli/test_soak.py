# SPDX-License-Identifier: MIT
"""A month of a snapshot every five seconds, as fast as it runs: under a clock that follows a script, with suspends and clocks
that are set, files rotated and compressed, marks, and files that are opened again."""
import gzip
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest
from harness import BUILD, checked, command, events_of, log, report, rows_of, samples_of

HEADER = ("slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
          " : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n")
DAY = 86400
KEEP = 7


def is_sanitized():
    return any(name in (BUILD / "src/programs/poolmon-log").read_bytes() for name in (b"__asan_init", b"__tsan_init"))


def month_of(days):
    """Every night the machine sleeps for seven hours, and in the morning its clock is set, forth and back."""
    return "".join(f"at {day * DAY + 3602} suspend {7 * 3600}\nat {day * DAY + 9 * 3600} step {(-1) ** day * 90}\n"
                   for day in range(days))


class Watch:
    """Memory of its own and descriptors of a process, again and again while it runs."""

    def __init__(self, process):
        self.process = process
        self.seen = []

    def look(self):
        try:
            _, resident, of_files, *_ = map(int, pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split())
            n_files = len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return
        if n_files > 0:
            pages = resident - of_files  # the program's own text comes by and by, and is no leak
            self.seen.append((pages * os.sysconf("SC_PAGESIZE") // 1024, n_files))

    def between(self, begin, end):
        """The most memory and the fewest descriptors between two parts of the time. Descriptors come and go with marks and
        compression; one that leaks never goes."""
        part = self.seen[int(len(self.seen) * begin):max(int(len(self.seen) * end), 1)]
        return max(memory for memory, _ in part), min(n for _, n in part)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_month_leaks_nothing_and_keeps_what_was_promised(tmp_path):
    days = 4 if is_sanitized() else 30
    logs = tmp_path / "logs"
    (tmp_path / "tree/proc").mkdir(parents=True)
    (tmp_path / "tree/proc/slabinfo").write_text(HEADER + "".join(
        f"cache-{i} {1000 * i} {1000 * i} 64 64 1 : tunables 0 0 0 : slabdata 1 1 0\n" for i in range(1, 6)))
    (tmp_path / "tree/proc/sys/kernel/random").mkdir(parents=True)
    (tmp_path / "tree/proc/sys/kernel/random/boot_id").write_text("0f3b5c1e-5d0a-4c55-9f0e-6b1d2c3a4e5f\n")
    (tmp_path / "tree/proc/sys/kernel/hostname").write_text("soaked\n")
    (tmp_path / "clock").write_text(month_of(days))
    process = subprocess.Popen(
        command("poolmon-log", "-q", "--stats", "--root", tmp_path / "tree", "-i", "5s", "-d", f"{days}d", "-o", f"{logs}/",
                "-z", "--rotate-every", "1d", "--keep", KEEP),
        env={**os.environ, "POOLMON_CLOCK": str(tmp_path / "clock")}, stderr=subprocess.PIPE, text=True)
    watch, n_marks = Watch(process), 0
    while not logs.exists() or not any(logs.iterdir()):
        time.sleep(0.01)
    while process.poll() is None:
        watch.look()
        if len(watch.seen) % 10 == 0:
            process.send_signal(signal.SIGHUP)
        if len(watch.seen) % 5 == 0:
            n_marks += log("mark", "-o", logs, "still here").returncode == 0
        time.sleep(0.01)
    stderr = process.stderr.read()
    checked(subprocess.CompletedProcess([], process.returncode, "", stderr))
    assert process.returncode == 0, stderr
    assert n_marks > 5

    # a tick is a snapshot or is missed, and missed because the machine slept
    ticks, missed = map(int, re.search(r"stats: (\d+) ticks, \d+ late, (\d+) missed", stderr).groups())
    assert ticks + missed == days * DAY // 5 + 1
    assert missed == days * (7 * 3600 // 5 - 1)

    (early_memory, early_files), (memory, files) = watch.between(0.1, 0.4), watch.between(0.6, 1)
    print(f"{ticks} snapshots; at 10 to 40 % {early_memory} KiB, {early_files} descriptors; from 60 % on {memory} KiB, {files}")
    assert files <= early_files
    assert memory <= early_memory + 128 or is_sanitized()

    names = sorted(path.name for path in logs.iterdir())
    assert len(names) == min(KEEP, days) + (1 if "poolmon.ndjson" in names else 0)
    rows = []
    for path in sorted(logs.glob("*.gz")):
        subprocess.run(["gunzip", "-t", path], check=True)
        rows.append(rows_of(gzip.decompress(path.read_bytes()).decode()))
    rows.append(rows_of((logs / "poolmon.ndjson").read_text()))
    assert all(part[0]["tag"] == "start" for part in rows)
    rows.sort(key=lambda part: part[0]["uptime_s"])
    everything = [row for part in rows for row in part]
    uptimes = sorted({row["uptime_s"] for row in samples_of(everything)})
    in_gaps = sum(int(re.match(r"missed=(\d+)", row["note"]).group(1)) for row in events_of(everything, "gap"))
    assert len(uptimes) + in_gaps == (uptimes[-1] - uptimes[0]) // 5 + 1
    assert uptimes[-1] == 100 + days * DAY and uptimes[-1] - uptimes[0] >= (min(KEEP, days) - 1) * DAY
    assert {row["note"].split()[-1] for row in events_of(everything, "gap")} == {"cause=suspend"}
    document = report(logs)
    assert document["input"]["rejected"] == 0
    assert {finding["samples"] for finding in document["findings"]} == {len(uptimes)}

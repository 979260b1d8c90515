# SPDX-License-Identifier: MIT
"""poolmon-log and time: the grid of ticks, clocks that are set, machines that sleep. A script stands for the clocks
(POOLMON_CLOCK), so that hours pass at once."""
import csv
import gzip
import os
import re
import shutil

import pytest
from harness import ROOT, analyze, events_of, log, report, rows_of, samples_of

TREE = ROOT / "tests/roots/linux-6.12"


@pytest.fixture
def timed(tmp_path):
    """Records a captured system under a clock that follows a script; gives the rows."""
    def record(script, *args):
        path = tmp_path / "timed.ndjson"
        (tmp_path / "clock").write_text(script)
        result = log("-q", "--root", TREE, "--include", "dentry", "-o", path, *args,
                     env={**os.environ, "POOLMON_CLOCK": str(tmp_path / "clock")})
        assert result.returncode == 0, result.stderr
        return rows_of(path.read_text()) if path.exists() else None
    return record


def uptimes_of(rows):
    return sorted({row["uptime_s"] for row in samples_of(rows)})


def notes_of(rows, tag):
    return [row["note"] for row in events_of(rows, tag)]


def test_ticks_are_on_a_grid_that_does_not_drift(timed):
    rows = timed("uptime 1000.123\nat 7 stall 1.3\nat 33.3 stall 0.9\nat 1000 stall 2.499\n", "-n", "1000")
    uptimes = uptimes_of(rows)
    assert len(uptimes) == 1000
    # each is on the grid, but those that were stalled for a moment; the last as well as the first
    off = [uptime for uptime in uptimes if (uptime - 1000.123) % 5 > 0.0005 and (uptime - 1000.123) % 5 < 4.9995]
    assert off == [1000.123 + 1002.499]
    assert uptimes[-1] == pytest.approx(1000.123 + 999 * 5)
    assert notes_of(rows, "gap") == []


def test_ticks_that_were_missed_are_counted_and_not_made_up_for(timed):
    rows = timed("at 12 stall 60\nat 200 stall 6\n", "-n", "40")
    assert notes_of(rows, "gap") == ["missed=11 late_s=57.000 cause=late", "missed=1 late_s=6.000 cause=late"]
    uptimes = uptimes_of(rows)
    assert uptimes[:5] == [100, 105, 110, 172, 175]  # at once when it can be, then on the grid again
    assert len(uptimes) == 40


def test_a_tick_that_is_very_late_is_told(timed):
    assert notes_of(timed("at 9 stall 4\n", "-n", "5"), "gap") == ["missed=0 late_s=3.000 cause=late"]


@pytest.mark.parametrize("by", ["3600", "-3600", "1.001", "-86400.5"])
def test_a_clock_that_is_set_is_told(timed, tmp_path, by):
    rows = timed(f"at 52 step {by}\n", "-n", "30")
    assert notes_of(rows, "clock-step") == [f"by_s={float(by):+.3f}"]
    assert notes_of(rows, "gap") == notes_of(rows, "resume") == []
    assert uptimes_of(rows) == [100 + 5 * i for i in range(30)]
    step = next(i for i, row in enumerate(rows) if row["tag"] == "clock-step")
    assert rows[step]["uptime_s"] == rows[step + 1]["uptime_s"] == 155
    assert report(tmp_path / "timed.ndjson")["findings"][0]["samples"] == 30


def test_a_clock_that_strays_slowly_is_no_step(timed):
    assert notes_of(timed("".join(f"at {60 * i} step 0.1\n" for i in range(10)), "-n", "200"), "clock-step") == []
    notes = notes_of(timed("".join(f"at {60 * i} step -0.1\n" for i in range(25)), "-n", "300"), "clock-step")
    assert notes[-2:] == ["by_s=-1.100"] * 2  # but it adds up


def test_suspend_is_told_and_its_ticks_are_a_gap(timed):
    rows = timed("at 22 suspend 3600\nat 3700 suspend 0.5\n", "-n", "60")
    assert notes_of(rows, "resume") == ["slept_s=3600.000", "slept_s=0.500"]
    assert notes_of(rows, "gap") == ["missed=719 late_s=3597.000 cause=suspend"]
    assert notes_of(rows, "clock-step") == []  # the wall clock went on as well
    assert uptimes_of(rows)[:7] == [100, 105, 110, 115, 120, 3722, 3725]


def test_a_clock_that_is_set_during_suspend_is_both(timed):
    rows = timed("at 22 suspend 100\nat 22 step -7200\n", "-n", "9")
    assert [row["tag"] for row in events_of(rows)] == ["start", "resume", "clock-step", "gap", "stop"]


def test_files_rotated_while_the_clock_is_set_back_stay_in_order(timed, tmp_path):
    script = "at 500 step -7200\nat 900 step 86400\n"
    timed(script, "-n", "300", "-o", f"{tmp_path}/logs/", "--rotate-size", "3000")
    assert len(list((tmp_path / "logs").iterdir())) > 20
    rows = timed(script, "-n", "300")
    assert uptimes_of(rows) == [100 + 5 * i for i in range(300)]
    parts, single = report(tmp_path / "logs"), report(tmp_path / "timed.ndjson")
    assert parts["findings"] == single["findings"]
    assert parts["findings"][0]["samples"] == 300


def test_a_report_tells_what_happened_to_the_clocks(timed, tmp_path):
    timed("at 22 suspend 3600\nat 3700 step -90\n", "-n", "60")
    moments = {moment["kind"]: moment.get("text") for moment in report(tmp_path / "timed.ndjson")["moments"]}
    assert moments["resume"] == "3600.000" and moments["clock-step"] == "-90.000" and moments["gap"] == "suspend"
    page = analyze("report", "--all", "--format", "html", tmp_path / "timed.ndjson").stdout
    assert "resume" in page and "clock-step" in page


@pytest.mark.parametrize("line", ["at 5 jump 3", "at 5 step", "at x step 5", "time yesterday", "at 5 suspend -3",
                                  "at 9 stall 1\nat 8 stall 1", "at 5 step 1 2"])
def test_a_clock_with_a_mistake_is_told_with_its_line(tmp_path, line):
    (tmp_path / "clock").write_text("# a clock\n" + line + "\n")
    result = log("--root", TREE, "-n", "1", env={**os.environ, "POOLMON_CLOCK": str(tmp_path / "clock")})
    assert result.returncode == 3
    assert re.search(rf"clock:{2 + line.count(chr(10))}: not a statement", result.stderr)


# ---- reboots ----

def boots_of(path):
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    if "csv" not in path.name:
        return notes_of(rows_of(text), "boot")
    return [row["note"] for row in csv.DictReader(text.splitlines()) if row["tag"] == "boot"]


@pytest.mark.parametrize("name", ["a.ndjson", "a.csv", "a.ndjson.gz", "a.csv.gz"])
def test_a_log_that_is_continued_after_a_reboot_tells(script, tmp_path, name):
    path = tmp_path / name
    for i, boot in enumerate(("one", "one", "two", "two", "three")):
        source = script(f"host h\nboot {boot}\ntime 2026-01-0{i + 1}\nuptime {i + 1}00\nticks 50\nrow slab x Recl diff=1+1 bytes=64+64\n")
        assert log("-q", "-s", source, "-o", path).returncode == 0
    assert boots_of(path) == ["previous=one", "previous=two"]
    document = report(path)
    assert document["input"]["rejected"] == 0
    assert [moment["kind"] for moment in document["moments"]].count("boot") == 2


@pytest.mark.parametrize("name", ["a.ndjson", "a.csv", "a.ndjson.gz"])
def test_the_last_start_is_found_far_from_the_end(script, tmp_path, name):
    path = tmp_path / name
    rows = "".join(f"row slab cache-{i} Recl diff={i}+1 bytes={7919 * i}+64\n" for i in range(100))
    for boot, ticks in (("one", 2), ("two", 1500), ("two", 1), ("three", 1)):
        assert log("-q", "-s", script(f"host h\nboot {boot}\nticks {ticks}\n" + rows), "-o", path).returncode == 0
    assert boots_of(path) == ["previous=one", "previous=two"]


def test_another_host_is_no_reboot(script, tmp_path):
    for host in ("a", "b"):
        log("-q", "-s", script(f"host {host}\nboot {host}\nticks 5\nrow slab x Recl bytes=1\n"), "-o", tmp_path / "a.ndjson")
    assert boots_of(tmp_path / "a.ndjson") == []


def test_a_reboot_of_a_captured_machine(tmp_path):
    tree = tmp_path / "tree"
    shutil.copytree(TREE, tree)
    for boot in ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"):
        (tree / "proc/sys/kernel/random/boot_id").write_text(boot + "\n")
        assert log("-q", "--root", tree, "-n", "2", "-i", "1ms", "-o", f"{tmp_path}/logs/").returncode == 0
    assert boots_of(tmp_path / "logs/poolmon.ndjson") == ["previous=11111111-1111-1111-1111-111111111111"]


def test_a_file_that_is_continued_is_as_old_as_it_is(script, tmp_path):
    """Restarts, even after a reboot, do not put off rotation by age."""
    logs = tmp_path / "logs"
    for i in range(40):
        boot, day, hour = f"boot-{i // 7}", 1 + i // 24, i % 24
        source = script(f"host h\nboot {boot}\ntime 2026-01-{day:02}T{hour:02}:00:00Z\nuptime {100 + i % 7 * 3600}\n"
                        "interval 10m\nticks 6\nrow slab x Recl bytes=1\n")
        assert log("-q", "-s", source, "-o", f"{logs}/", "--rotate-every", "8h").returncode == 0
    starts = sorted(rows_of(path.read_text())[0]["time"] for path in logs.iterdir())
    assert len(starts) == 5
    assert report(logs)["input"]["rejected"] == 0

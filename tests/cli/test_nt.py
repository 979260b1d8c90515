# SPDX-License-Identifier: MIT
"""The programs over an NT kernel that is played (tests/nt/registry.c says what happens there), from its bytes to the report."""
import os
import re
import subprocess

import pytest
from harness import BUILD, analyze, checked, events_of, report, rows_of, samples_of
from test_display import terminal  # noqa: F401

N = 60
TWO_32 = 2**32


def nt(program, kernel, *args, environment=(), **kwargs):
    """Runs a program with the words of POOLMON_NT."""
    return checked(subprocess.run([BUILD / "tests/nt" / f"{program}-nt", *map(str, args)], capture_output=True, text=True,
                                  env={**os.environ, "POOLMON_NT": kernel, **dict(environment)},
                                  stdin=subprocess.DEVNULL, timeout=120, **kwargs))


def record(path, kernel, *args, count=N):
    """Ten minutes that take no time."""
    clock = path.parent / "clock"
    clock.write_text("")
    result = nt("poolmon-log", kernel, "-i", "10s", "-n", count, "-o", path, *args, environment={"POOLMON_CLOCK": str(clock)})
    assert result.returncode == 0, result.stderr
    return result


def series_of(rows, pool, tag, type):
    return [row for row in samples_of(rows) if (row["pool"], row["tag"], row.get("type", "")) == (pool, tag, type)]


def finding(judged, tag, type, pool="system"):
    found = [f for f in judged["findings"] if (f["pool"], f["tag"], f["type"]) == (pool, tag, type)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("format", ["ndjson", "csv"])
@pytest.mark.parametrize("kernel, wide", [("", False), ("32", False), ("wider", True), ("32,wider", False)])
def test_counters_that_run_over_are_recorded_as_they_are_and_judged_as_they_were(tmp_path, kernel, wide, format):
    path = tmp_path / f"log.{format}"
    record(path, kernel)
    rows = rows_of(analyze("convert", "--to", "ndjson", path).stdout)
    leak = series_of(rows, "system", "Leak", "Nonp")
    assert len(leak) == N
    for t, row in enumerate(leak, 1):  # the first answer was for opening it
        allocs, frees = 4000000000 + 300001000 * t, 4000000000 + 300000000 * t
        assert (row["allocs"], row["frees"]) == ((allocs, frees) if wide else (allocs % TWO_32, frees % TWO_32))
        assert (row["diff"], row["bytes"], row["per_alloc"]) == (1000 * t, 64000 * t, 64)
    assert sum(a["allocs"] > b["allocs"] for a, b in zip(leak, leak[1:])) == (0 if wide else 4)
    judged = report(path)
    figures = finding(judged, "Leak", "Nonp")
    assert figures["rank"] <= 2 and figures["verdict"] == "leak"
    assert figures["epochs"] == 1 and figures["samples"] == N
    assert figures["allocs"] == 300001000 * (N - 1) and figures["frees"] == 300000000 * (N - 1)
    assert figures["growth_bytes"] == 64000 * (N - 1) and figures["growth_objects"] == 1000 * (N - 1)
    assert judged["hosts"][0]["host"] == "nt-host" and judged["hosts"][0]["boots"] == 1
    assert judged["hosts"][0]["os"] == "Windows" and judged["hosts"][0]["kernel"] == "10.0.26100.2314"


def test_a_driver_that_is_loaded_anew_begins_anew(tmp_path):
    record(tmp_path / "log.ndjson", "")
    rows = series_of(rows_of((tmp_path / "log.ndjson").read_text()), "system", "Drv\\x20", "Paged")
    allocs = [50000 + 1000 * t for t in range(1, 20)] + [1000 * t for t in range(1, N - 20 + 1)]  # none when it begins
    assert [row["allocs"] for row in rows] == allocs
    figures = finding(report(tmp_path / "log.ndjson"), "Drv\\x20", "Paged")
    assert figures["epochs"] == 2 and "counters started again 1 time" in figures["evidence"]
    # the steps within both lives, none across: from 1 to 19 and from 21 to 60
    assert figures["allocs"] == 1000 * (18 + 39) and figures["frees"] == 990 * (18 + 39)


def test_tags_beyond_the_table_are_judged_under_the_one_they_share(tmp_path):
    record(tmp_path / "log.ndjson", "")
    judged = report(tmp_path / "log.ndjson")
    figures = finding(judged, "Ovfl", "Nonp")
    assert figures["verdict"] == "leak" and figures["growth_bytes"] == 50 * 16 * (N - 1) and figures["frees"] == 0
    assert finding(judged, "Ovfl", "Paged")["verdict"] == "stable"
    assert {(f["tag"], f["type"]) for f in judged["findings"]} == {
        ("Leak", "Nonp"), ("Drv\\x20", "Paged"), ("Ovfl", "Nonp"), ("Ovfl", "Paged"), ("Io\\x20\\x20", "Nonp")}


def test_a_kernel_short_of_memory_is_recorded_and_recording_goes_on(tmp_path):
    result = record(tmp_path / "log.ndjson", "starved", count=30)
    rows = rows_of((tmp_path / "log.ndjson").read_text())
    errors = events_of(rows, "source-error")
    assert len(errors) == 1 + 5 and all("source=system" in row["note"] for row in errors)
    assert all("Query pooltags Failed c000009a: the kernel has no memory" in row["note"] for row in errors)
    assert rows.index(errors[0]) < rows.index(samples_of(rows)[0])
    assert result.stderr.count("a snapshot failed: Query pooltags Failed c000009a") == 2  # once each time it began
    leak = series_of(rows, "system", "Leak", "Nonp")
    assert [row["diff"] for row in leak] == [1000 * t for t in range(30)]
    figures = finding(report(tmp_path / "log.ndjson"), "Leak", "Nonp")
    assert figures["epochs"] == 1 and figures["allocs"] == 300001000 * 29


def test_the_display_goes_on_too():
    result = nt("poolmon", "starved", "--interval", "10ms", "--count", "12")
    assert result.returncode == 0
    assert result.stderr.count("a snapshot failed: Query pooltags Failed c000009a") == 2
    assert len(re.findall(r"^ Leak Nonp", result.stdout, re.M)) == 12


@pytest.mark.parametrize("kernel, message, remedy", [
    ("off", "Query pooltags Failed c0000002", "'poolmon --tagging=on', as administrator, turns it on"),
    ("none", "Query pooltags Failed c0000003", "this kernel offers no pool tags"),
    ("denied", "Query pooltags Failed c0000022: access is denied", "run it as administrator"),
])
def test_a_kernel_that_tells_nothing_is_explained(kernel, message, remedy):
    for program, words in (("poolmon-log", ["-n", "1"]), ("poolmon", []), ("poolmon", ["/b"])):
        result = nt(program, kernel, *words)
        assert result.returncode == 4 and result.stdout == ""
        assert result.stderr.startswith(f"{program}: {message}; ") and remedy in result.stderr
    listed = nt("poolmon-log", kernel, "--list-sources")
    assert listed.returncode == 0 and f"not usable here: {message}" in listed.stdout


# ---- sessions ----

@pytest.mark.parametrize("kernel", ["sessions", "sessions,swapped", "sessions,32", "sessions,32,swapped"])
def test_sessions_are_recorded_and_judged(tmp_path, kernel):
    record(tmp_path / "all.ndjson", kernel, "-s", "session")
    rows = rows_of((tmp_path / "all.ndjson").read_text())
    for session in (1, 3):
        usti = series_of(rows, f"session:{session}", "Usti", "Paged")
        assert [row["diff"] for row in usti] == [5 * session * t for t in range(1, N + 1)]
        assert [row["bytes"] for row in usti] == [120 * session * t for t in range(1, N + 1)]
        figures = finding(report(tmp_path / "all.ndjson"), "Usti", "Paged", f"session:{session}")
        assert figures["verdict"] == "leak" and figures["growth_bytes"] == 120 * session * (N - 1)
    assert "sources=session " in events_of(rows, "start")[0]["note"] + " "
    assert {row["tag"] for row in samples_of(rows) if row["pool"] == "memory"} >= {"Total", "PoolN", "KrnlP", "PageFlts"}
    record(tmp_path / "one.ndjson", kernel, "-s", "session:3", count=2)
    pools = {row["pool"] for row in samples_of(rows_of((tmp_path / "one.ndjson").read_text()))}
    assert pools == {"memory", "session:3"}


def test_sessions_that_are_not_there_are_told():
    for words, status, message in ((["-s", "session:2"], 2, "there is no session 2; those there are: 1, 3"),
                                   (["-s", "session:"], 0, ""), (["-s", "session:x"], 2, "'x' is no number of a session"),
                                   (["-s", "system:1"], 2, "takes nothing behind a colon")):
        result = nt("poolmon-log", "sessions", "-q", "-n", "1", *words)
        assert result.returncode == status and message in result.stderr
    result = nt("poolmon-log", "", "-s", "session")
    assert result.returncode == 4 and "Query session pooltags Failed c0000003; this kernel has no session pools" in result.stderr


# ---- the display ----

HEADER = """\
 Memory:  260620K Avail:   96364K  PageFlts:     0   InRam Krnl: 1916K P:17856K
 Commit: 203500K Limit: 640916K Peak: 260632K            Pool N: 8332K P:27220K
"""


@pytest.mark.parametrize("words, line, tags", [
    ([], " System pool information", ["Drv  Paged", "Io   Nonp", "Leak Nonp", "Ovfl Nonp", "Ovfl Paged"]),
    (["/p"], " System pool information", ["Io   Nonp", "Leak Nonp", "Ovfl Nonp"]),
    (["/s"], " All sessions pool information", ["Usti Paged", "Usti Paged"]),
    (["/s3"], " Session 3 pool information", ["Usti Paged"]),
    (["/s7"], " Session 7 pool information", []),
    (["--source", "session"], " All sessions pool information", ["Usti Paged", "Usti Paged"]),
    (["--source", "session:1"], " Session 1 pool information", ["Usti Paged"]),
    (["--source", "session", "/s3"], " Session 3 pool information", ["Usti Paged"]),
    (["--source", "system", "/s3"], " Session 3 pool information", ["Usti Paged"]),
])
def test_the_display_is_that_of_poolmon(words, line, tags):
    result = nt("poolmon", "sessions", "--interval", "10ms", "--count", "2", *words)
    assert result.returncode == 0
    assert result.stderr == ("" if tags else "poolmon: the table is empty: there are no pools of this session here\n")
    assert result.stdout.count(HEADER + line + "\n") == 2
    assert re.findall(r"^ (\w+ +(?:Nonp|Paged)) ", result.stdout, re.M) == 2 * tags


def test_what_the_display_prints_is_judged_the_same(tmp_path):
    (tmp_path / "pool.log").write_text(nt("poolmon", "", "--interval", "10ms", "--count", N).stdout)
    figures = finding(report(tmp_path / "pool.log"), "Leak", "Nonp")
    assert figures["epochs"] == 1 and figures["allocs"] == 300001000 * (N - 1)
    assert figures["growth_bytes"] == 64000 * (N - 1)
    assert finding(report(tmp_path / "pool.log"), "Drv\\x20", "Paged")["epochs"] == 2


def start(shown, kernel, *words):
    shown.run("env", f"POOLMON_NT={kernel}", BUILD / "tests/nt/poolmon-nt", "--interval", "100ms", *words)


def test_keys_change_between_the_pools_of_the_system_and_of_sessions(terminal):  # noqa: F811
    shown = terminal()
    start(shown, "sessions")
    shown.order("Drv", "Io", "Leak", "Ovfl", "Ovfl")
    shown.shows("System pool information")
    for key, line, tags in (("s", "All sessions pool information", ["Usti", "Usti"]),
                            ("3", "Session 3 pool information", ["Usti"]), ("9", "Session 9 pool information", None),
                            ("s", "System pool information", ["Drv", "Io", "Leak", "Ovfl", "Ovfl"]),
                            ("1", "Session 1 pool information", ["Usti"])):
        shown.press(key)
        shown.shows(line)
        shown.order(*tags) if tags else shown.shows("No such pools of sessions here")
    for typed, line in (("3", "Session 3 pool information"), ("", "All sessions pool information")):
        shown.press("i")
        shown.foot("session id (empty: all):")
        shown.type(typed)
        shown.press("Enter")
        shown.shows(line)
    shown.press("q")
    shown.ends(0)


def test_without_session_pools_the_key_says_so_and_changes_nothing(terminal):  # noqa: F811
    shown = terminal(columns=120)
    start(shown, "")
    shown.order("Drv", "Io", "Leak", "Ovfl", "Ovfl")
    for key in ("s", "3"):
        shown.press(key)
        shown.shows("Query session pooltags Failed c0000003; this kernel has no session pools", "System pool information")
        shown.order("Drv", "Io", "Leak", "Ovfl", "Ovfl")
        shown.press("t")
        shown.until(lambda screen: "c0000003" not in screen, "the message gone")
    shown.press("q")
    shown.ends(0)


def test_a_screen_waits_for_a_kernel_short_of_memory(terminal):  # noqa: F811
    shown = terminal(columns=120)
    start(shown, "starved", "--count", "3")
    shown.ends(0)
    shown = terminal(columns=120)
    start(shown, "starved")
    shown.order("Drv", "Io", "Leak", "Ovfl", "Ovfl")
    shown.press("q")
    shown.ends(0)

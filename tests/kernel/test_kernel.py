# SPDX-License-Identifier: MIT
"""The real kernel of this machine: what is recorded is what it says, and a real leak is found."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest
from harness import BUILD, analyze, checked, command, events_of, is_sanitized, log, report, rows_of, samples_of

SLABINFO = pathlib.Path("/proc/slabinfo")


def why_not():
    try:
        with open(SLABINFO) as file:
            return None if file.readline().startswith("slabinfo") else "/proc/slabinfo has no version line"
    except OSError as error:
        return f"/proc/slabinfo can't be read: {error.strerror} (run as root)"


pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def caches():
    """Names in slabinfo, and the size that each gives to an object."""
    lines = SLABINFO.read_text().splitlines()[2:]
    return {line.split()[0]: int(line.split()[3]) for line in lines}


def test_a_snapshot_is_what_the_kernel_says():
    rows = [row for row in rows_of(log("-q", "-n", "1").stdout)]
    slabs = {row["tag"]: row for row in rows if row["pool"] == "slab"}
    sizes = caches()
    assert set(slabs) == set(sizes)
    for name, row in slabs.items():
        assert row["bytes"] == row["diff"] * sizes[name]
        assert row["footprint"] % os.sysconf("SC_PAGESIZE") == 0
        reclaim = pathlib.Path(f"/sys/kernel/slab/{name}/reclaim_account")
        if reclaim.exists():
            assert row["type"] == {"1": "Recl", "0": "Unrecl"}[reclaim.read_text().strip()]


def test_totals_are_those_of_meminfo():
    rows = {row["tag"]: row for row in rows_of(log("-q", "-n", "1").stdout) if row["pool"] == "memory"}
    meminfo = dict(re.findall(r"^(\w+): +(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M))
    assert rows["Total"]["bytes"] == int(meminfo["MemTotal"]) * 1024
    assert rows["Limit"]["bytes"] == int(meminfo["CommitLimit"]) * 1024
    assert rows["Peak"]["bytes"] >= rows["Commit"]["bytes"]
    assert rows["PageFlts"]["allocs"] > 0
    assert {"Avail", "PoolN", "PoolP", "KrnlN"} <= set(rows)


def test_reports_know_what_nearly_all_caches_are(tmp_path):
    log("-q", "-n", "2", "-i", "100ms", "-o", tmp_path / "log")
    slabs = [finding for finding in report(tmp_path / "log")["findings"] if finding["pool"] == "slab"]
    missing = sorted(finding["tag"] for finding in slabs if "driver" not in finding)
    assert len(missing) <= 0.05 * len(slabs), f"of {len(slabs)} unknown: {' '.join(missing)}"


def test_merged_caches_are_told():
    links = {}
    for path in pathlib.Path("/sys/kernel/slab").iterdir():
        if path.is_symlink() and not path.name.startswith(":"):
            links.setdefault(os.readlink(path), set()).add(path.name)
    if not any(len(names) > 1 for names in links.values()):
        pytest.skip("this kernel merges no caches")
    told = {}
    for row in events_of(rows_of(log("-q", "-n", "1").stdout), "alias"):
        note = dict(pair.split("=", 1) for pair in row["note"].split(" "))
        told[note["tag"]] = set(note["names"].split(","))
    for names in links.values():
        shown = names & set(caches())
        if len(names) > 1 and len(shown) == 1:
            tag = shown.pop()
            assert told[tag] == names - {tag}


def test_the_start_row_names_the_machine():
    note = events_of(rows_of(log("-q", "-n", "1").stdout), "start")[0]["note"]
    assert f"host={os.uname().nodename}" in note and f"kernel={os.uname().release}" in note
    assert pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip() in note


def test_uptime_and_time_are_now():
    row = samples_of(rows_of(log("-q", "-n", "1").stdout))[0]
    assert abs(row["uptime_s"] - time.clock_gettime(time.CLOCK_BOOTTIME)) < 60
    assert row["time"][:13] in {time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() - back)) for back in (0, 60)}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
@pytest.mark.parametrize("capability", ["dac_read_search", None])
def test_one_capability_is_enough(tmp_path, capability):
    """As the service runs: nobody, with CAP_DAC_READ_SEARCH and nothing else."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    for part in [tmp_path, *tmp_path.parents][:-2]:
        part.chmod(part.stat().st_mode | 0o055)
    program = tmp_path / "poolmon-log"  # where nobody may execute it
    shutil.copy(command("poolmon-log")[0], program)
    (tmp_path / "logs").mkdir()
    os.chown(tmp_path / "logs", 65534, 65534)
    sets = "-all" + (f",+{capability}" if capability else "")
    result = checked(subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"--inh-caps={sets}", f"--ambient-caps={sets}",
         f"--bounding-set={sets}", "--no-new-privs", program, "-q", "-n", "3", "-i", "10ms", "-o", f"{tmp_path}/logs/"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL))
    if capability is None:
        assert result.returncode == 4 and "CAP_DAC_READ_SEARCH" in result.stderr
        return
    assert result.returncode == 0, result.stderr
    rows = rows_of((tmp_path / "logs/poolmon.ndjson").read_text())
    slabs = [row for row in rows if row["pool"] == "slab"]
    assert {row["tag"] for row in slabs} == set(caches())
    if pathlib.Path("/sys/kernel/slab/dentry/reclaim_account").exists():
        assert {"Recl", "Unrecl"} <= {row.get("type") for row in slabs}
    assert (tmp_path / "logs/poolmon.ndjson").stat().st_uid == 65534


SOCKET_CACHES = ("UNIX", "sock_inode_cache", "filp", "dentry")


def merged_with(cache):
    """All names of a cache: a kernel may keep several in one, and lists that under one of their names."""
    links = {path.name: os.path.realpath(path) for path in pathlib.Path("/sys/kernel/slab").glob("*")}
    return {name for name, target in links.items() if target == links.get(cache)} | {cache}


def leaking(findings):
    """What a report says of the caches that sockets are in, by their names."""
    names = {cache: merged_with(cache) for cache in SOCKET_CACHES}
    return {cache: finding for cache in SOCKET_CACHES for finding in findings if finding["tag"] in names[cache]}


def wait_until_freed():
    """What the sockets of another test held is given back over some seconds; other programs may go on for ever."""
    def held():
        lines = [line.split() for line in SLABINFO.read_text().splitlines()]
        return [int(line[1]) for line in lines if line[0] in SOCKET_CACHES]

    before = held()
    for _ in range(10):
        time.sleep(1)
        now = held()
        if not any(was > 1.02 * is_now for was, is_now in zip(before, now)):
            return
        before = now


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """20 s of 500 sockets a second that are opened and kept: by poolmon-log, and by poolmon as text."""
    path = tmp_path_factory.mktemp("leak")
    wait_until_freed()
    hoarder = subprocess.Popen([BUILD / "tests/kernel/hoard-sockets", "500", "30"])
    try:
        time.sleep(1)
        with open(path / "poolmon.log", "a") as file, \
                subprocess.Popen(command("poolmon", "--interval", "500ms", "/b"), stdin=subprocess.DEVNULL, stdout=file,
                                 stderr=subprocess.PIPE, text=True) as display:
            try:
                result = log("-q", "-i", "500ms", "-d", "20s", "-o", f"{path}/logs/")
            finally:
                display.terminate()
            _, errors = display.communicate(timeout=60)
        assert hoarder.poll() is None
    finally:
        hoarder.terminate()
        hoarder.wait()
    assert result.returncode == 0, result.stderr
    assert (display.returncode, errors) == (0, "")
    return path


def test_a_real_leak_is_ranked_first(recorded):
    findings = report(recorded / "logs")["findings"]
    named = leaking(findings)
    ranks = {cache: finding["rank"] for cache, finding in named.items()}
    assert "sock_inode_cache" in ranks and len(ranks) >= 3, ranks
    best = sorted(ranks.values())
    assert best[0] == 1 and best[1] <= 4 and best[-1] <= 10, ranks  # what looks at /proc/PID/fd makes others grow as well
    assert {finding["verdict"] for finding in named.values()} <= {"leak", "probable"}, named
    groups = [finding["group"] for finding in named.values() if "group" in finding]
    assert len(groups) > len(set(groups)), groups  # at least two are one
    per_second = named["sock_inode_cache"]["slope_objects_per_hour"] / 3600
    assert 450 < per_second < 550
    assert analyze("report", "--fail-on", "leak", recorded / "logs").returncode == 1


def test_a_real_leak_is_ranked_first_from_text_of_the_display(recorded):
    found = report("--strict", recorded / "poolmon.log")
    assert found["input"]["snapshots"] > 20
    first, named = found["findings"][0], leaking(found["findings"])
    sockets = named["sock_inode_cache"]
    assert first in named.values(), first["tag"]
    assert first["verdict"] == sockets["verdict"] == "leak" and sockets["rank"] <= 10
    assert 450 < sockets["slope_objects_per_hour"] / 3600 < 550


def count_allocations(tmp_path, n):
    """How often a recording of n snapshots asked for memory."""
    library, counted = BUILD / "tests/kernel/libcount-allocations.so", tmp_path / "counted"
    environment = {**os.environ, "LD_PRELOAD": str(library), "COUNT_ALLOCATIONS_TO": str(counted)}
    subprocess.run(command("poolmon-log", "-q", "-i", "1ms", "-n", n, "-o", tmp_path / f"{n}.ndjson"),
                   env=environment, check=True, stdin=subprocess.DEVNULL)
    return int(counted.read_text())


def test_snapshots_take_no_memory_once_it_runs(tmp_path):
    if is_sanitized():
        pytest.skip("a sanitizer counts its own allocations")
    # A cache that comes to be meanwhile is looked at once, so the quietest of a few recordings is what counts.
    few, many = (min(count_allocations(tmp_path, n) for _ in range(3)) for n in (50, 1050))
    assert many - few < 100, (few, many)


def test_it_stays_small(tmp_path):
    if is_sanitized():
        pytest.skip("a sanitizer takes more memory than the program")
    process = subprocess.Popen(command("poolmon-log", "-q", "-i", "2ms", "-o", f"{tmp_path}/logs/", "-z",
                                       "--rotate-size", "4M", "--keep", "2"))
    peak = 0
    try:
        for _ in range(50):
            time.sleep(0.1)
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            peak = max(peak, int(re.search(r"VmHWM:\s+(\d+)", status).group(1)))
    finally:
        process.terminate()
        process.wait()
    assert process.returncode == 0
    assert len(list((tmp_path / "logs").glob("*.gz"))) == 2  # it rotated and compressed meanwhile
    assert peak < 4096, f"{peak} KiB"

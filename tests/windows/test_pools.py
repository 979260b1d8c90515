# SPDX-License-Identifier: MIT
"""Wine's kernel has no pool tags: that is said. What it has, the machine's totals and the registry, is read and written."""
import os
import pathlib
import re
import subprocess
import time

import pytest
from harness import report
from test_wine import lines_of, wine

SESSION_MANAGER = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"


def test_sources_say_that_this_kernel_has_no_pool_tags():
    listed = wine("poolmon-log", "--list-sources", text=True).stdout
    system, session = listed.index("\nsession[:ID] "), listed.index("\nreplay:PATH ")
    assert listed.startswith("system ")
    assert "not usable here: Query pooltags Failed c0000003; this kernel offers no pool tags" in listed[:system]
    assert "not usable here: Query session pooltags Failed c0000003; this kernel has no session pools" in listed[system:session]


@pytest.mark.parametrize("program, words, message", [
    ("poolmon", [], "poolmon: Query pooltags Failed c0000003; this kernel offers no pool tags"),
    ("poolmon", ["/b"], "poolmon: Query pooltags Failed c0000003; this kernel offers no pool tags"),
    ("poolmon", ["/s"], "poolmon: Query session pooltags Failed c0000003; this kernel has no session pools"),
    ("poolmon", ["/s3"], "poolmon: Query session pooltags Failed c0000003; this kernel has no session pools"),
    ("poolmon-log", [], "poolmon-log: Query pooltags Failed c0000003; this kernel offers no pool tags"),
    ("poolmon-log", ["-s", "session"], "poolmon-log: Query session pooltags Failed c0000003; this kernel has no session"),
    ("poolmon-log", ["-s", "session:3"], "poolmon-log: Query session pooltags Failed c0000003; this kernel has no session"),
])
def test_programs_say_so_and_end_with_4(program, words, message):
    result = wine(program, *words)
    assert result.returncode == 4 and result.stdout == b""
    assert lines_of(result.stderr)[0].startswith(message)


@pytest.mark.parametrize("words, message", [
    (["-s", "session:x"], "'x' is no number of a session"),
    (["-s", "system:1"], "takes nothing behind a colon"),
    (["--root", "C:\\captured"], "can't be read below a root directory"),
])
def test_what_makes_no_sense_is_refused(words, message):
    result = wine("poolmon-log", *words)
    assert result.returncode == 2 and message in lines_of(result.stderr)[0]


def test_the_machine_and_its_totals_are_read():
    """The calls of the sources, answered by Wine's kernel; the numbers are those of the machine it runs on."""
    program = pathlib.Path(os.environ["POOLMON_WINDOWS_BUILD"]) / "tests/windows/ask-kernel.exe"
    result = subprocess.run(["timeout", "120", "wine", program], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                            timeout=180)
    told = dict(line.split(" ", 1) for line in result.stdout.splitlines())
    assert result.returncode == 0
    assert told["host"].lower() == os.uname().nodename.split(".")[0].lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.\d+)?", told["version"])
    assert told["word"] == "8" and told["page"] == "4096"
    memory = dict(re.findall(r"^(\w+): +(\d+) kB", pathlib.Path("/proc/meminfo").read_text(), re.M))
    assert abs(int(told["Total"]) - 1024 * int(memory["MemTotal"])) < 2**20
    assert 0 < int(told["Avail"]) <= int(told["Total"])
    boot = int(told["boot"]) / 1e7 - 11644473600  # of Wine's server, for which the machine starts with it
    assert time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) - 60 < boot < time.time() + 60
    assert {"Commit", "Limit", "Peak", "PoolN", "PoolP", "KrnlN", "KrnlP", "PageFlts"} <= set(told)
    assert result.stdout.count("Query pooltags Failed c0000003") == 2


def played(program, kernel, *words, **kwargs):
    """The programs over an NT kernel that is played, tests/nt/registry.c."""
    path = pathlib.Path(os.environ["POOLMON_WINDOWS_BUILD"]) / f"tests/nt/{program}-nt.exe"
    return subprocess.run(["timeout", "120", "wine", path, *map(str, words)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=180, env={**os.environ, "POOLMON_NT": kernel}, **kwargs)


def test_pools_are_recorded_and_shown(tmp_path):
    for kernel in ("", "wider", "starved"):
        result = played("poolmon-log", kernel, "-i", "20ms", "-n", "40", "-o", f"{kernel}.ndjson", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        found = {(f["tag"], f["type"]): f for f in report(tmp_path / f"{kernel}.ndjson")["findings"]}
        assert found["Leak", "Nonp"]["allocs"] == 300001000 * 39 and found["Leak", "Nonp"]["growth_bytes"] == 64000 * 39
        assert found["Leak", "Nonp"]["epochs"] == 1 and found["Drv\\x20", "Paged"]["epochs"] == 2
    shown = played("poolmon", "sessions", "/s3", "--interval", "20ms", "--count", "3")
    assert shown.returncode == 0 and shown.stdout.count(" Session 3 pool information") == 3
    assert re.findall(r"^ (\w+) +Paged +(\d+)", shown.stdout, re.M) == [("Usti", "15"), ("Usti", "30"), ("Usti", "45")]


def reg(*words):
    return subprocess.run(["timeout", "120", "wine", "reg", *words], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=180)


def set_flags(kind, data):
    assert reg("add", SESSION_MANAGER, "/v", "GlobalFlag", "/t", kind, "/d", data, "/f").returncode == 0


def flags():
    """None: there is no value of that name."""
    found = re.search(r"GlobalFlag\s+(\w+)\s+(\S+)", reg("query", SESSION_MANAGER, "/v", "GlobalFlag").stdout)
    return found and (found.group(1), int(found.group(2), 16))


def test_tagging_is_one_bit_of_the_registry():
    set_flags("REG_DWORD", "0x80000021")
    for what, state, value in (("status", "off", 0x80000021), ("off", "off, as it was", 0x80000021),
                               ("on", "on now", 0x80000421), ("on", "on, as it was", 0x80000421),
                               ("status", "on", 0x80000421), ("off", "off now", 0x80000021)):
        result = wine("poolmon", f"--tagging={what}", text=True)
        assert result.returncode == 0, result.stderr
        assert result.stdout.splitlines()[0] == f"pool tagging (0x400 in the registry's GlobalFlag) is {state}"
        assert "Since Windows Server 2003 the kernel counts its pools by tag whatever" in result.stdout
        assert ("must be restarted" in result.stdout) == state.endswith("now")
        assert flags() == ("REG_DWORD", value)


def test_without_a_value_tagging_is_off():
    set_flags("REG_DWORD", "0")
    assert reg("delete", SESSION_MANAGER, "/v", "GlobalFlag", "/f").returncode == 0
    for what, state, value in (("status", "off", None), ("off", "off, as it was", None),
                               ("on", "on now", ("REG_DWORD", 0x400))):
        result = wine("poolmon", f"--tagging={what}", text=True)
        assert result.returncode == 0 and result.stdout.splitlines()[0].endswith(f"is {state}")
        assert flags() == value
    set_flags("REG_DWORD", "0")


def test_a_value_that_is_no_flags_is_left_alone():
    set_flags("REG_SZ", "0x400")
    try:
        for what in ("status", "on", "off"):
            result = wine("poolmon", f"--tagging={what}")
            assert result.returncode == 3 and "GlobalFlag is no DWORD" in lines_of(result.stderr)[0]
        assert flags() == ("REG_SZ", 0x400)
    finally:
        set_flags("REG_DWORD", "0")
    assert wine("poolmon", "--root", "C:\\captured", "--tagging=status").returncode == 2

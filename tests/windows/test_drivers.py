# SPDX-License-Identifier: MIT
"""Drivers of Wine, which are not ours, and the scan of drivers by the Windows program."""
import os
import pathlib
import shutil
import sys

import pytest
from harness import ROOT, poolmon
from test_wine import lines_of, wine

sys.path.insert(0, str(ROOT / "tests/drivers"))
from compile import PROCESSORS, compile_driver, tags_in  # noqa: E402
from oracle import tags_by_objdump  # noqa: E402

OF_WINE = sorted(path for folder in ("/usr/lib/x86_64-linux-gnu/wine", "/usr/lib/wine")
                 for path in pathlib.Path(folder).glob("x86_64-windows/*.sys"))


def tags_of(text):
    return {line[:4] for line in text.splitlines()}


@pytest.fixture(scope="module", autouse=True)
def can_scan():
    if "made without Capstone" in poolmon("--scan-drivers", ROOT / "tests/fuzz/corpus/images/x64").stderr:
        pytest.skip("this build is without Capstone")


def test_the_oracle_sees_tags(tmp_path):
    """Else it would agree with anything that finds nothing."""
    driver = compile_driver("shapes.c", "x86_64", tmp_path, "-O1")
    tags, calls = tags_by_objdump(driver)
    found, hidden, maybe = tags_in("shapes.c")
    assert len(tags) >= 15 and tags <= found | maybe and not tags & hidden
    assert calls >= len(tags)
    assert tags <= tags_of(poolmon("--scan-drivers", driver).stdout)


@pytest.mark.skipif(not OF_WINE, reason="Wine has no drivers here, where Debian's libwine puts them")
def test_drivers_of_wine():
    """Real ones, of which none takes a tag from a constant: nothing may be made up."""
    assert len(OF_WINE) > 10
    for driver in OF_WINE:
        result = poolmon("--scan-drivers", driver)
        tags, calls = tags_by_objdump(driver)
        assert result.returncode == 0, result.stderr
        assert tags_of(result.stdout) == tags, driver
        assert calls > 0 or "of 0 calls that take one" in result.stderr, driver


def test_the_windows_program_finds_the_same(tmp_path):
    for processor in PROCESSORS:
        compile_driver("shapes.c", processor, tmp_path, "-O2")
    for path in OF_WINE[:3]:
        shutil.copy(path, tmp_path)
    (tmp_path / "cut.sys").write_bytes(OF_WINE[0].read_bytes()[:5000] if OF_WINE else b"MZ")
    here = poolmon("--scan-drivers", tmp_path.name, cwd=tmp_path.parent)
    there = wine("poolmon", "--scan-drivers", tmp_path.name, cwd=tmp_path.parent)
    assert here.returncode == there.returncode == 3
    assert there.stdout.decode() == here.stdout and tags_in("shapes.c")[0] <= tags_of(here.stdout)
    assert lines_of(there.stderr) == here.stderr.splitlines()


def test_local_tags_are_made_of_the_drivers_of_the_system(tmp_path):
    """/c as PoolMon has it: where there is no localtag.txt."""
    drivers = pathlib.Path(os.environ.get("WINEPREFIX", pathlib.Path.home() / ".wine")) / "drive_c/windows/system32/drivers"
    assert drivers.is_dir()
    own = compile_driver("msvc-x64.s", "x86_64", tmp_path, name="poolmon-test.sys")
    (tmp_path / "s.script").write_text("ticks 2\nrow system Phs1 Nonp diff=1 bytes=64\nrow system nono Nonp diff=1 bytes=64\n")
    shutil.copy(own, drivers)
    try:
        first = wine("poolmon", "--source", "scripted:s.script", "--count", "1", "/c", cwd=tmp_path)
        written = (tmp_path / "localtag.txt").read_bytes()
        second = wine("poolmon", "--source", "scripted:s.script", "--count", "1", "/c", cwd=tmp_path)
    finally:
        (drivers / own.name).unlink()
    assert first.returncode == second.returncode == 0
    assert any("there is no localtag.txt yet" in line for line in lines_of(first.stderr))
    assert written == poolmon("--scan-drivers", own).stdout.encode()
    assert first.stdout == second.stdout and b"[poolmon-test.sys]" in first.stdout and b"Unknown Driver" in first.stdout
    assert lines_of(second.stderr) == []

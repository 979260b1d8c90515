# SPDX-License-Identifier: MIT
"""poolmon --tagging: the kernel's switch for counting allocations, in trees that stand for /."""
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from harness import PROGRAMS, checked, poolmon
from test_faults import FAULTS, needs_faults

SWITCH = "proc/sys/vm/mem_profiling"


@pytest.fixture
def tree(tmp_path):
    """A tree with the switch, and its path."""
    path = tmp_path / SWITCH
    path.parent.mkdir(parents=True)
    path.write_text("0\n")
    return tmp_path, path


def tagging(root, what, **kwargs):
    return poolmon("--root", root, f"--tagging={what}", **kwargs)


def test_it_is_told_turned_on_and_turned_off(tree):
    root, path = tree
    for what, state, content in (("status", "off", "0\n"), ("off", "off, as it was", "0\n"), ("on", "on now", "1\n"),
                                 ("on", "on, as it was", "1\n"), ("status", "on", "1\n"), ("off", "off now", "0\n")):
        result = tagging(root, what)
        assert result.returncode == 0 and result.stderr == ""
        lines = result.stdout.splitlines()
        assert lines[0] == f"allocation profiling (vm.mem_profiling) is {state}"
        assert path.read_text() == content
        for part in ("/proc/allocinfo", "It costs", "sysctl.vm.mem_profiling=1", "'never'"):
            assert part in result.stdout
        assert max(map(len, lines)) < 96


def test_what_is_as_asked_for_is_not_written(tree):
    root, path = tree
    path.chmod(0o444)
    before = path.stat().st_mtime_ns
    assert tagging(root, "off").returncode == 0
    assert path.stat().st_mtime_ns == before


def test_a_kernel_that_was_told_never_says_what_to_do(tree):
    root, path = tree
    path.chmod(0o444)
    result = tagging(root, "on")
    assert result.returncode == 4 and result.stdout == ""
    assert result.stderr.startswith(f"poolmon: {path}: can't be changed while this kernel runs; boot the kernel with "
                                    "'sysctl.vm.mem_profiling=1'")
    assert "never" in result.stderr and path.read_text() == "0\n"
    assert tagging(root, "status").returncode == 0


def test_a_kernel_without_it_says_what_it_takes(tmp_path):
    for what in ("status", "on", "off"):
        result = tagging(tmp_path, what)
        assert result.returncode == 4 and result.stdout == ""
        assert f"{tmp_path}/{SWITCH}: this kernel has no allocation profiling" in result.stderr
        assert "CONFIG_MEM_ALLOC_PROFILING=y" in result.stderr and "6.10" in result.stderr


def test_the_live_kernel_answers():
    result = poolmon("--tagging=status")
    there = pathlib.Path("/", SWITCH).exists()
    assert result.returncode == (0 if there else 4)
    assert ("vm.mem_profiling) is o" in result.stdout) == there
    assert ("/proc/sys/vm/mem_profiling: this kernel has no allocation profiling" in result.stderr) != there


@pytest.mark.parametrize("content", ["", "2\n", "never\n", "10\n", "\x1b[2J\n", "0 0\n", "x" * 100000])
def test_what_is_no_switch_is_left_alone(tree, content):
    root, path = tree
    path.write_text(content)
    for what in ("status", "on", "off"):
        result = tagging(root, what)
        assert result.returncode == 3 and result.stdout == ""
        assert f"{path}: is neither 0 nor 1" in result.stderr and "\x1b" not in result.stderr
    assert path.read_text() == content


def test_without_the_right_it_says_so():
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        path = root / SWITCH
        path.parent.mkdir(parents=True)
        path.write_text("0\n")
        root.chmod(0o755)
        program = root / "poolmon"  # where anybody may execute it
        shutil.copy(PROGRAMS / "poolmon", program)
        path.chmod(0o644)
        if os.geteuid() == 0:
            somebody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        else:
            somebody = []
            path.chmod(0o200)
        for what, mode in (("on", None), ("status", 0o200)):
            if mode is not None:
                path.chmod(mode)
            result = checked(subprocess.run([*somebody, program, "--root", root, f"--tagging={what}"], text=True,
                                            capture_output=True, stdin=subprocess.DEVNULL, timeout=60))
            assert result.returncode == 4 and result.stdout == ""
            assert "Permission denied; run as root (sudo)" in result.stderr
        path.chmod(0o600)
        assert path.read_text() == "0\n"


@needs_faults
@pytest.mark.parametrize("error, message", [("EROFS", "do it on its host"), ("EIO", "can't be opened or written"),
                                            ("ENOSPC", "can't be opened or written")])
def test_a_write_that_fails_is_told(tree, error, message):
    root, path = tree
    environment = {**os.environ, "LD_PRELOAD": str(FAULTS), "ASAN_OPTIONS": "verify_asan_link_order=0",
                   "FAIL_ONLY": "write", "FAIL_AT": "1", "FAIL_WITH": error, "FAIL_TO": str(root / "told")}
    result = tagging(root, "on", env=environment)
    assert result.returncode == 4 and message in result.stderr and result.stdout == ""
    assert path.read_text() == "0\n"


def test_what_it_takes_is_named():
    for words in (["--tagging=maybe"], ["--tagging="], ["--tagging"]):
        result = poolmon(*words)
        assert result.returncode == 2 and "tagging" in result.stderr
    assert "none of status, on, off" in poolmon("--tagging=maybe").stderr

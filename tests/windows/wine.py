# SPDX-License-Identifier: MIT
"""Runs Windows programs under Wine. POOLMON_WINDOWS_BUILD names their build directory."""
import os
import pathlib
import subprocess
import tempfile

import pytest

WINDOWS = os.environ.get("POOLMON_WINDOWS_BUILD")

if WINDOWS is None:
    pytest.skip("POOLMON_WINDOWS_BUILD names no build for Windows", allow_module_level=True)

PROGRAMS = pathlib.Path(WINDOWS).resolve() / "src/programs"
HELPER = pathlib.Path(WINDOWS).resolve() / "tests/windows/helper.exe"


def wine(program, *args, cwd=None, text=False, timeout=120):
    """Runs a program, ours by its name. Its output goes to files, as what it leaves behind may hold pipes open."""
    path = program if isinstance(program, pathlib.Path) else PROGRAMS / f"{program}.exe"
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        result = subprocess.run(["timeout", str(timeout), "wine", path, *map(str, args)], cwd=cwd, stdin=subprocess.DEVNULL,
                                stdout=out, stderr=err, timeout=timeout + 60)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode() if text else file.read())
    return subprocess.CompletedProcess(result.args, result.returncode, *texts)


def windows_path(path):
    """The same path as Windows programs know it."""
    return "Z:" + str(path).replace("/", "\\")


def command_line(program, *args):
    """For what takes a command as one argument; none of these may have blanks."""
    path = program if isinstance(program, pathlib.Path) else PROGRAMS / f"{program}.exe"
    words = [windows_path(path), *map(str, args)]
    assert not any(" " in word for word in words)
    return " ".join(words)


def lines_of(data):
    """Messages of ours; Wine has some of its own."""
    return [line for line in data.decode().splitlines() if line.startswith("poolmon")]

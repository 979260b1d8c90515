# SPDX-License-Identifier: MIT
"""What the tests of the programs share.

POOLMON_BUILD names the build directory whose programs are tested. A program that a sanitizer complains about
fails whichever test ran it.
"""
import json
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("POOLMON_BUILD", ROOT / "build")).resolve()
PROGRAMS = BUILD / "src" / "programs"
SANITIZER = re.compile(r"(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:)")


def is_sanitized():
    """Whether the programs are built with a sanitizer, which takes memory and time of its own."""
    return any(name in (PROGRAMS / "poolmon-log").read_bytes() for name in (b"__asan_init", b"__tsan_init"))


def has_display():
    """Whether poolmon can draw on a screen; it is built without where there is no ncurses."""
    options = json.loads((BUILD / "meson-info/intro-buildoptions.json").read_text())
    return next(option["value"] for option in options if option["name"] == "display") != "disabled"


def command(name, *args):
    return [str(PROGRAMS / name), *map(str, args)]


def checked(result):
    """The result, unless a sanitizer has something to say about it."""
    stderr = result.stderr if isinstance(result.stderr, str) else (result.stderr or b"").decode(errors="replace")
    assert not SANITIZER.search(stderr), stderr
    assert result.returncode >= 0, f"ended by signal {-result.returncode}: {stderr}"
    return result


def run(name, *args, text=True, timeout=120, **kwargs):
    if "input" not in kwargs and "stdin" not in kwargs:
        kwargs["stdin"] = subprocess.DEVNULL
    return checked(subprocess.run(command(name, *args), capture_output=True, text=text, timeout=timeout, **kwargs))


def log(*args, **kwargs):
    return run("poolmon-log", *args, **kwargs)


def poolmon(*args, **kwargs):
    return run("poolmon", *args, **kwargs)


def analyze(*args, **kwargs):
    return run("poolmon-analyze", *args, **kwargs)


def report(*args, **kwargs):
    """The JSON report of all series."""
    result = analyze("report", "--format", "json", "--all", *args, **kwargs)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def rows_of(text):
    return [json.loads(line) for line in text.splitlines()]


def samples_of(rows):
    return [row for row in rows if row["pool"] != "event"]


def events_of(rows, tag=None):
    return [row for row in rows if row["pool"] == "event" and tag in (None, row["tag"])]


# A script for the scripted source: a few tags of each kind, twenty snapshots.
SMALL = """
host north
boot b-1
interval 5s
ticks 20
row slab dentry Recl diff=1000+10 bytes=192000+1920 footprint=200704+4096
row slab filp Unrecl diff=500 bytes=128000
row system Io\\x20\\x20 Nonp allocs=100+7 frees=90+6 diff=10+1 bytes=640+64
row memory Total - bytes=8000000000
row memory PageFlts - allocs=5+100
mark 7 half way there
"""

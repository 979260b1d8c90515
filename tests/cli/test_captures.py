# SPDX-License-Identifier: MIT
"""Real kernels with a module that leaks on purpose (tests/roots/captures): four snapshots, seconds apart.

The module takes objects of a cache of its own and, for every fifth of them, a kmalloc of 1 KiB; the timeline says how many
it had taken, and when.
"""
import gzip
import json
import re

import pytest
from harness import ROOT, log, report, rows_of

CAPTURES = ROOT / "tests" / "roots" / "captures"
SNAPSHOTS = 4


def timeline(capture):
    """Of each snapshot: objects, kmallocs, uptime."""
    text = (capture / "timeline.txt").read_text()
    found = re.findall(r"@@LEAKED objs (\d+) kmallocs (\d+) uptime ([\d.]+)", text)
    assert len(found) == SNAPSHOTS
    return [(int(objects), int(kmallocs), float(uptime)) for objects, kmallocs, uptime in found]


def slope_per_second(values, seconds):
    value, second = sum(values) / len(values), sum(seconds) / len(seconds)
    return (sum((y - value) * (x - second) for y, x in zip(values, seconds))
            / sum((x - second) ** 2 for x in seconds))


def snapshot(capture, number, root):
    """What poolmon-log makes of one snapshot."""
    for name in ("slabinfo", "meminfo", "vmstat"):
        path = root / "proc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.decompress((capture / f"{name}.after{number}.gz").read_bytes()))
    for name in ("hostname", "osrelease", "random/boot_id"):
        path = root / "proc/sys/kernel" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{capture.name}\n")
    result = log("-q", "-n", "1", "--root", root)
    assert result.returncode == 0, result.stderr
    return rows_of(result.stdout)


@pytest.fixture(params=["deb61", "deb612"])
def capture(request):
    return CAPTURES / request.param


@pytest.fixture
def findings(capture, tmp_path):
    """Of a log that poolmon-log would have written at the times of the timeline."""
    rows = []
    for number, (_, _, uptime) in enumerate(timeline(capture)):
        for row in snapshot(capture, number, tmp_path / str(number)):
            if row["pool"] == "event" and (row["tag"] == "stop" or number > 0):
                continue
            rows.append(row | {"time": f"2026-01-01T00:00:{uptime:06.3f}Z", "uptime_s": uptime})
    path = tmp_path / "log.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return report(path)["findings"]


def test_the_cache_that_leaks_comes_first(findings):
    tags = [finding["tag"] for finding in findings]
    assert tags[0] == "leakmod_cache"
    assert "kmalloc-1k" in tags[1:4]
    assert len(tags) > 100


def test_it_leaks_as_fast_as_the_module_says(capture, findings):
    by_tag = {finding["tag"]: finding["slope_objects_per_hour"] / 3600 for finding in findings}
    objects, kmallocs, seconds = zip(*timeline(capture))
    assert by_tag["leakmod_cache"] == pytest.approx(slope_per_second(objects, seconds), rel=0.05)
    # other users of kmalloc-1k come and go
    assert by_tag["kmalloc-1k"] == pytest.approx(slope_per_second(kmallocs, seconds), rel=0.15)

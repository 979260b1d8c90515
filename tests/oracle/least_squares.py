# SPDX-License-Identifier: MIT
"""An independent reading of a log, in exact fractions: what a report must say.

It follows the words of <poolmon/trends.h>, not the code: a common slope, a level for each epoch, epochs ending where
the boot changes or where counters fall without a wrap that explains it.
"""
import csv
import gzip
import json
import math
from collections import defaultdict
from fractions import Fraction


def open_text(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


def rows_of(path):
    """Rows as dicts of text, whatever the format."""
    text = open_text(path)
    if text.startswith("{"):
        for line in text.splitlines():
            yield {key: value if isinstance(value, str) else str(value)
                   for key, value in json.loads(line, parse_float=str, parse_int=str).items()}
    else:
        for row in csv.DictReader(text.splitlines()):
            yield {key: value for key, value in row.items() if value != ""}


def wraps(a, b):
    return 2**31 <= a < 2**32 and b < a


def continues(a, b):
    """Whether sample b goes on where sample a stopped."""
    if a["boot"] != b["boot"]:
        return False
    if not all(name in s for s in (a, b) for name in ("allocs", "frees")):
        return True
    fallen = [name for name in ("allocs", "frees") if b[name] < a[name]]
    if not fallen:
        return True
    if not all(wraps(a[name], b[name]) for name in fallen):
        return False
    if "diff" in a and "diff" in b:
        by_counters = (b["allocs"] - b["frees"]) - (a["allocs"] - a["frees"])
        return (by_counters - (b["diff"] - a["diff"])) % 2**32 == 0
    return True


def fit(epochs, name):
    """Slope per hour, its standard error, r squared and growth of one value."""
    sxx = sxy = syy = Fraction(0)
    n = used = growth = 0
    for epoch in epochs:
        points = [(s["x"], s[name]) for s in epoch if name in s]
        if not points:
            continue
        used += 1
        n += len(points)
        growth += points[-1][1] - points[0][1]
        mean_x = Fraction(sum(x for x, _ in points), len(points))
        mean_y = Fraction(sum(y for _, y in points), len(points))
        sxx += sum((x - mean_x) ** 2 for x, _ in points)
        syy += sum((y - mean_y) ** 2 for _, y in points)
        sxy += sum((x - mean_x) * (y - mean_y) for x, y in points)
    if sxx == 0:
        return Fraction(0), 0.0, Fraction(0), growth
    slope = sxy / sxx
    rest = syy - slope * sxy
    error = math.sqrt(rest / (n - used - 1) / sxx) * 3600000 if n > used + 1 else 0.0
    return slope * 3600000, error, 1 - rest / syy if syy else Fraction(0), growth


def analyze(paths):
    """Figures of every series of logs that follow each other, by (pool, tag, type)."""
    series = defaultdict(list)
    boot = None
    for path in paths:
        for row in rows_of(path):
            if row["pool"] == "event":
                if row["tag"] == "start":
                    boot = dict(pair.split("=", 1) for pair in row["note"].split(" ")).get("boot_id")
                continue
            if row["pool"] == "memory":
                continue
            sample = {"boot": boot, "x": round(Fraction(row["uptime_s"]) * 1000)}
            for name in ("allocs", "frees", "diff", "bytes"):
                if name in row:
                    sample[name] = int(row[name])
            series[row["pool"], row["tag"], row.get("type", "")].append(sample)
    return {key: figures(samples) for key, samples in series.items()}


def figures(samples):
    epochs = [[samples[0]]]
    steps = fell = rose = allocs = frees = 0
    for a, b in zip(samples, samples[1:]):
        if not continues(a, b):
            epochs.append([b])
            continue
        epochs[-1].append(b)
        steps += 1
        fell += b["diff"] < a["diff"]
        rose += b["diff"] > a["diff"]
        if "allocs" in a and "allocs" in b:
            allocs += (b["allocs"] - a["allocs"]) % (2**32 if b["allocs"] < a["allocs"] else 2**64)
            frees += (b["frees"] - a["frees"]) % (2**32 if b["frees"] < a["frees"] else 2**64)
    slope, error, r_squared, growth = fit(epochs, "bytes")
    values = [s["bytes"] for s in samples]
    return {
        "samples": len(samples), "epochs": len(epochs), "slope_bytes_per_hour": slope, "slope_stderr": error,
        "slope_objects_per_hour": fit(epochs, "diff")[0], "r_squared": r_squared, "growth_bytes": growth,
        "first_bytes": values[0], "last_bytes": values[-1], "min_bytes": min(values), "max_bytes": max(values),
        "not_fell_share": 1 - fell / steps if steps else None, "rose_share": rose / steps if steps else None,
        "allocs": allocs, "frees": frees,
        "span_s": sum(Fraction(epoch[-1]["x"] - epoch[0]["x"], 1000) for epoch in epochs),
    }

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures how well leaks are told from everything else, on made logs of known truth (make-labelled.c), beside the
simple methods that people use. Logs go through pipes and are never on disk."""
import argparse
import bisect
import concurrent.futures
import contextlib
import csv
import datetime
import itertools
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ.get("POOLMON_BUILD", "build"))
ANALYZE = BUILD / "src/programs/poolmon-analyze"
GENERATOR = BUILD / "tests/bench/make-labelled"

# What the tags of an ordinary machine do that do not leak, in parts. All benign shapes in equal parts are the hard mix.
ORDINARY = {
    "flat": 40, "flat-blips": 8, "white-noise": 6, "ar1": 8, "load-daily": 8, "load-wanders": 6, "warm-up": 5,
    "bursts-decay": 3, "cache-fill": 2, "sawtooth": 2, "load-returns": 2, "one-step": 2, "pages-wander": 2,
    "decline": 1.5, "log-warm-up": 1, "flat-resets": 1, "flat-wraps": 1, "flat-gaps": 1, "near-unit-root": 1,
    "one-pulse": 1, "steps-both-ways": 1, "ramp-plateau-drop": 1, "two-steps": 0.5, "load-rising": 0.5,
    "cache-then-trim": 0.5,
}
COMMON = [shape for shape, parts in ORDINARY.items() if parts >= 5]  # of these it takes more to see what is rare
PAIRS_MAX = 150  # samples that methods look at which compare all pairs
PREFIXES = 20  # of a run, that are judged one after the other for the delay


# ---- logs ----

class Made:
    """A log that the generator writes, anew each time it is asked for."""

    def __init__(self, samples, per_shape, seed, shapes=()):
        self.samples, self.drawn, self.shapes = samples, [per_shape, seed], shapes
        self.name = f"{samples:,} samples"
        with tempfile.NamedTemporaryFile() as truth:  # does not depend on the samples
            subprocess.run(self.command(2, truth.name), stdout=subprocess.DEVNULL, check=True)
            self.truth = read_truth(truth.name)

    def command(self, samples, truth="/dev/null", every=1):
        return [str(word) for word in (GENERATOR, "--every", every, samples, *self.drawn, truth, *self.shapes)]

    @contextlib.contextmanager
    def rows(self, every=1):
        with subprocess.Popen(self.command(self.samples, every=every), stdout=subprocess.PIPE) as process:
            yield process.stdout

    def judge(self, *words):
        with self.rows() as stream:
            return findings("-", *words, stdin=stream)

    def courses(self):
        with self.rows(max(1, self.samples // PAIRS_MAX)) as stream:
            return courses(stream)


class Given:
    """A log and its truth from elsewhere."""

    def __init__(self, log, truth):
        self.log, self.name, self.truth = log, pathlib.Path(log).name, read_truth(truth)

    def judge(self, *words):
        return findings(self.log, *words)

    def courses(self):
        with subprocess.Popen([ANALYZE, "convert", "-q", "--to", "csv", self.log], stdout=subprocess.PIPE) as process:
            return {key: values[::len(values) // PAIRS_MAX + 1] for key, values in courses(process.stdout).items()}


def read_truth(path):
    """(pool, tag, type) to what is known of a series."""
    with open(path, encoding="utf-8", newline="") as file:
        return {(row["pool"], row["tag"], row["type"]):
                {"leaks": row["label"] == "1", "shape": row["shape"], "onset": float(row.get("onset") or 0)}
                for row in csv.DictReader(file, delimiter="\t")}


def findings(log, *words, stdin=subprocess.DEVNULL):
    command = [ANALYZE, "report", "-q", "--format", "json", "--all", *words, log]
    result = subprocess.run([str(word) for word in command], stdin=stdin, stdout=subprocess.PIPE, check=True)
    return {(one["pool"], one["tag"], one["type"]): one for one in json.loads(result.stdout)["findings"]}


def courses(stream):
    """(pool, tag, type) to the bytes of each sample."""
    result = {}
    columns = {name: i for i, name in enumerate(next(stream).decode().strip().split(","))}
    pool, tag, kind, size, footprint = (columns[name] for name in ("pool", "tag", "type", "bytes", "footprint"))
    for line in stream:
        fields = line.decode().rstrip("\n").split(",")
        value = fields[size] or fields[footprint] if fields[pool] != "event" else ""
        if value:
            result.setdefault((fields[pool], fields[tag], fields[kind]), []).append(int(value))
    return result


# ---- methods ----

def ratio(a, b):
    """a / b, where nothing is as sure as anything can be, and 0 / 0 says nothing."""
    return a / b if b else math.copysign(1e18, a) if a else 0.0


def mann_kendall(values):
    """Z of the test for a trend, with the variance that Hamed and Rao (1998) give to series that hang together: by
    ranks of what is left without Sen's slope, and autocorrelations that differ from 0 at 95 %."""
    n = len(values)
    slopes = [(values[j] - values[i]) / (j - i) for i in range(n) for j in range(i + 1, n)]
    s = sum((slope > 0) - (slope < 0) for slope in slopes)
    if s == 0:
        return 0.0
    sen = statistics.median(slopes)
    rest = [value - sen * i for i, value in enumerate(values)]
    order = sorted(rest)
    ranks = [(bisect.bisect_left(order, value) + bisect.bisect_right(order, value) - n) / 2 for value in rest]
    all_of_it = sum(rank * rank for rank in ranks)
    more = 0.0
    for lag in range(1, n - 2):
        r = ratio(sum(a * b for a, b in zip(ranks, ranks[lag:])), all_of_it)
        if abs(r) > 1.96 / math.sqrt(n):
            more += (n - lag) * (n - lag - 1) * (n - lag - 2) * r
    variance = n * (n - 1) * (2 * n + 5) / 18 * max(0.05, 1 + 2 / (n * (n - 1) * (n - 2)) * more)
    return (s - (s > 0) + (s < 0)) / math.sqrt(variance)


class Result:
    """What is found in a log. With `common`, a log of shapes that are common, shares by shape are of both. Without
    `pairs` the method that compares all pairs, which takes most of the time, is left out."""

    def __init__(self, log, common=None, pairs=True):
        self.log, self.name = log, log.name
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(one.judge, *words) for words in ((), ("--no-counters",))
                    for one in (log, common) if one is not None]
            levels = pool.submit(log.courses if pairs else dict)
            found = [job.result() for job in jobs]
        self.judged = found[0], found[len(found) // 2]  # with counters, and without
        self.scores = scores_by_method(*self.judged, levels.result())
        self.all_truth, self.all_judged = log.truth, self.judged
        if common is not None:
            self.all_truth = log.truth | common.truth
            self.all_judged = found[0] | found[1], found[2] | found[3]


def scores_by_method(judged, blind, levels):
    """Name of each method to the score of each series, the higher the likelier a leak."""
    methods = {
        "poolmon": {key: one["score"] for key, one in judged.items()},
        "poolmon --no-counters": {key: one["score"] for key, one in blind.items()},
        "least-squares t": {
            key: ratio(one["slope_bytes_per_hour"], one["slope_stderr"]) for key, one in judged.items()},
        "r squared, rising": {
            key: math.copysign(one["r_squared"], one["slope_bytes_per_hour"]) for key, one in judged.items()},
        "growth over range": {
            key: ratio(one["growth_bytes"], one["max_bytes"] - one["min_bytes"]) for key, one in judged.items()},
        "share of steps up": {key: one["rose_share"] for key, one in judged.items()},
        "least-squares slope": {key: one["slope_bytes_per_hour"] for key, one in judged.items()},
    }
    if levels:
        methods["Mann-Kendall, Hamed-Rao"] = {key: mann_kendall(values) for key, values in levels.items()}
    return methods


# ---- measures ----

def groups_of(scores, truth):
    """From the highest score on: how many leaks and how many others have the very same."""
    counts = {}
    for key, known in truth.items():
        counts.setdefault(scores[key], [0, 0])[not known["leaks"]] += 1
    return [counts[score] for score in sorted(counts, reverse=True)]


def area_under_roc(scores, truth):
    above = area = others = 0
    for leaks, benign in groups_of(scores, truth):
        area += benign * (above + leaks / 2)
        above += leaks
        others += benign
    return area / (above * others)


def average_precision(scores, truth):
    groups = groups_of(scores, truth)
    n = sum(leaks for leaks, _ in groups)
    seen = found = result = 0
    for leaks, benign in groups:
        seen += leaks + benign
        found += leaks
        result += leaks / n * found / seen
    return result


def false_alarms_at_recall(scores, truth, recall=0.95):
    """Of 1,000 others, how many score as high as it takes to find that share of the leaks."""
    groups = groups_of(scores, truth)
    leaks, others = (sum(group[i] for group in groups) for i in (0, 1))
    found = alarms = 0
    for leak, benign in groups:
        found += leak
        alarms += benign
        if found >= recall * leaks:
            break
    return 1000 * alarms / others


def share_by_shape(judged, truth, verdicts):
    """(leaks, shape) to the share of its series that got one of the verdicts."""
    counts = {}
    for key, known in truth.items():
        count = counts.setdefault((known["leaks"], known["shape"]), [0, 0])
        count[0] += judged[key]["verdict"] in verdicts
        count[1] += 1
    return {shape: hit / n for shape, (hit, n) in counts.items()}


def rates(judged, truth, verdicts):
    """Recall, false alarms per 1,000 of the hard and of the ordinary mix (None: the shapes have other names)."""
    shares = share_by_shape(judged, truth, verdicts)
    benign = {shape: share for (leaks, shape), share in shares.items() if not leaks}
    ordinary = None
    if set(benign) <= set(ORDINARY):
        ordinary = 1000 * statistics.fmean(benign.values(), [ORDINARY[shape] for shape in benign])
    return (statistics.fmean(share for (leaks, _), share in shares.items() if leaks),
            1000 * statistics.fmean(benign.values()), ordinary)


def reliability(judged, truth):
    """For each tenth of the score: leaks, and series."""
    tenths = [[0, 0] for _ in range(10)]
    for key, known in truth.items():
        tenth = tenths[min(9, int(judged[key]["score"] * 10))]
        tenth[0] += known["leaks"]
        tenth[1] += 1
    return tenths


VERDICTS = {"leak": ("leak",), "probable or worse": ("leak", "probable")}


# ---- tables ----

def print_methods(results):
    print(f"{'area under ROC, average precision,':34}" + "".join(f"{result.name:^20}" for result in results))
    print(f"{'false alarms at 95 % recall':34}" + "".join(f"{'AUC':>7}{'AP':>6}{'FA':>5}  " for _ in results))
    for name in results[0].scores:
        print(f"  {name:32}" + "".join(
            f"{area_under_roc(result.scores[name], result.log.truth):7.3f}"
            f"{average_precision(result.scores[name], result.log.truth):6.3f}"
            f"{false_alarms_at_recall(result.scores[name], result.log.truth):5.0f}  " for result in results))


def print_verdicts(results):
    print(f"\n{'recall, and false alarms on the':34}" + "".join(f"{result.name:^20}" for result in results))
    print(f"{'hard and the ordinary mix':34}" + "".join(f"{'recall':>7}{'hard':>6}{'ord.':>5}  " for _ in results))
    for side, title in enumerate(("", ", no counters")):
        for name, verdicts in VERDICTS.items():
            line = f"  {name + title:32}"
            for result in results:
                recall, hard, ordinary = rates(result.all_judged[side], result.all_truth, verdicts)
                line += f"{recall:7.2f}{hard:6.1f}" + (f"{ordinary:5.1f}  " if ordinary is not None else "    -  ")
            print(line)


def print_shapes(results):
    print("\nper cent of each shape that are judged leak / probable or worse, with counters and without")
    print(f"{'':22}" + "".join(f"{result.name:^20}" for result in results))
    tables = [[share_by_shape(side, result.all_truth, verdicts) for side in result.all_judged
               for verdicts in VERDICTS.values()] for result in results]
    shapes = dict.fromkeys(shape for table in tables for shape in table[0])
    for shape in sorted(shapes, key=lambda shape: not shape[0]):
        line = f"{'+' if shape[0] else '-'} {shape[1]:20}"
        for table in tables:
            if shape in table[0]:
                line += "{:4.0f}/{:3.0f} {:5.0f}/{:3.0f}  ".format(*(100 * shares[shape] for shares in table))
            else:
                line += " " * 20
        print(line.rstrip())


def print_reliability(results):
    for side, title in enumerate(("with counters", "without counters")):
        print(f"\nof findings with a score from ... to, the per cent that are leaks, {title}")
        print(f"{'':12}" + "".join(f"{result.name:^18}" for result in results) + "  all; | is where the bar should end")
        tables = [reliability(result.judged[side], result.log.truth) for result in results]
        for tenth in reversed(range(10)):
            line = f"  {tenth / 10:.1f} - {tenth / 10 + 0.1:.1f} "
            for leaks, n in (table[tenth] for table in tables):
                line += f"{100 * leaks / n:6.0f} of {n:<5}   " if n else f"{'-':>6}{'':12}"
            leaks, n = (sum(table[tenth][i] for table in tables) for i in (0, 1))
            bar = ("#" * round(40 * leaks / n) if n else "").ljust(40)
            print(f"{line}  {bar[:4 * tenth + 2]}|{bar[4 * tenth + 2:]}".rstrip())


def print_delay(per_shape, seed, samples=600):
    """How much of a run has passed since a leak began when it is first called one."""
    shapes = ("leak-constant", "leak-midway")
    log = Made(samples, per_shape, seed, shapes)
    begin = datetime.datetime(2026, 1, 1)
    first, early = {}, set()
    for prefix in range(1, PREFIXES + 1):
        seen = prefix * samples // PREFIXES
        until = begin + datetime.timedelta(seconds=5 * (seen - 1))
        for key, one in log.judge("--until", str(until)).items():
            if one["verdict"] == "leak":
                first.setdefault(key, prefix / PREFIXES)
                if prefix / PREFIXES <= log.truth[key]["onset"]:
                    early.add(key)
    print(f"\ndelay: when a leak is first called one, of {samples} samples judged at every {100 // PREFIXES} %;"
          "\nper cent called so by then, of what has passed of the run since it began to leak")
    print(f"{'':16}" + "".join(f"{10 * tenth:>6} %" for tenth in range(1, 11)) + "   never  before it began")
    for shape in shapes:
        keys = [key for key, known in log.truth.items() if known["shape"] == shape]
        delays = [(first[key] - log.truth[key]["onset"]) / (1 - log.truth[key]["onset"])
                  for key in keys if key in first and key not in early]
        print(f"  {shape:14}" + "".join(
            f"{100 * sum(delay <= tenth / 10 + 1e-9 for delay in delays) / len(keys):8.0f}" for tenth in range(1, 11))
            + f"{100 * sum(key not in first for key in keys) / len(keys):8.0f}"
            f"{100 * len(early & set(keys)) / len(keys):8.0f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench --accuracy", description=__doc__)
    parser.add_argument("--seed", type=int, default=2026, help="of the made logs (default 2026)")
    parser.add_argument("--quick", action="store_true", help="fewer series, some seconds")
    parser.add_argument("--others", action="store_true", help="shapes that no constant was fitted on instead")
    parser.add_argument("--labelled", nargs=2, action="append", default=[], metavar=("LOG", "TRUTH"),
                        help="measure on this log instead; TRUTH has columns pool, tag, type, label (1: leaks), shape, "
                        "separated by tabs; may be repeated")
    options = parser.parse_args()
    per_shape = {60: 20, 300: 20, 3000: 6, 30000: 1} if options.quick else {60: 100, 300: 60, 3000: 25, 30000: 8}
    common = []
    if options.labelled:
        logs = [Given(*pair) for pair in options.labelled]
    elif options.others:
        logs = [Made(samples, n, options.seed, ("others",)) for samples, n in per_shape.items()]
    else:
        logs = [Made(samples, n, options.seed) for samples, n in per_shape.items()]
        common = [Made(samples, 5 * n, options.seed + 1, COMMON) for samples, n in per_shape.items()]
    print("series that leak and others: " + "; ".join(
        f"{log.name} {sum(known['leaks'] for known in log.truth.values())} and "
        f"{sum(not known['leaks'] for known in log.truth.values())}" for log in logs) + "\n", flush=True)
    results = [Result(log, more) for log, more in itertools.zip_longest(logs, common)]
    print_methods(results)
    print_verdicts(results)
    print_shapes(results)
    print_reliability(results)
    if not options.labelled and not options.others:
        print_delay(20 if options.quick else 60, options.seed)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what a recording costs and what a report costs, each beside a peer in the same run: medians of
interleaved runs. Prints figures; judges nothing."""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ["POOLMON_BUILD"])
LOG = BUILD / "src/programs/poolmon-log"
ANALYZE = BUILD / "src/programs/poolmon-analyze"
BENCH = BUILD / "tests/bench"


def measure(words, output=None):
    """Wall and CPU seconds and peak KiB of one run."""
    words = [str(word) for word in (BENCH / "measure", output or "-", *words)]
    result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"bench: {words} ended with status {result.returncode}")
    wall, user, system, kib = map(float, result.stdout.split())
    return {"wall": wall, "user": user, "sys": system, "cpu": user + system, "kib": kib}


def interleaved(runs, **commands):
    """Medians of every figure of every command, run in turns."""
    results = {name: [] for name in commands}
    for _ in range(runs):
        for name, words in commands.items():
            results[name].append(measure(words))
    return {name: {figure: statistics.median(run[figure] for run in got) for figure in got[0]}
            for name, got in results.items()}


def bench_recording(runs, n, interval):
    if not os.access("/proc/slabinfo", os.R_OK):
        print("recording: /proc/slabinfo can't be read here (run as root)")
        return
    with tempfile.TemporaryDirectory() as directory:
        shared = ["-q", "-i", f"{interval}ms", "-n", n]
        got = interleaved(
            runs,
            read=[BENCH / "read-loop", "/proc/slabinfo", n, interval],
            meminfo=[BENCH / "read-loop", "/proc/meminfo", n, interval],
            vmstat=[BENCH / "read-loop", "/proc/vmstat", n, interval],
            ndjson=[LOG, *shared, "-o", f"{directory}/ndjson/"],
            csv=[LOG, *shared, "-f", "csv", "-o", f"{directory}/csv/"],
            rotate=[LOG, *shared, "-o", f"{directory}/rotate/", "-z", "--rotate-size", "4M", "--keep", "2"])
    caches = len(pathlib.Path("/proc/slabinfo").read_text().splitlines()) - 2
    print(f"recording: {n} snapshots of {caches} caches, one every {interval} ms; microseconds of CPU per snapshot")
    print(f"  {'':34} {'user':>7} {'sys':>7} {'all':>7} {'beyond read':>12} {'peak KiB':>9}")
    for name, title in (("read", "bare read of /proc/slabinfo"), ("meminfo", "bare read of /proc/meminfo"),
                        ("vmstat", "bare read of /proc/vmstat"), ("ndjson", "poolmon-log, ndjson"),
                        ("csv", "poolmon-log, csv"), ("rotate", "poolmon-log, ndjson, rotating, gzip")):
        figures = {key: got[name][key] / n * 1e6 for key in ("user", "sys", "cpu")}
        beyond = "" if name in ("read", "meminfo", "vmstat") else f"{figures['cpu'] - got['read']['cpu'] / n * 1e6:.0f}"
        print(f"  {title:34} {figures['user']:7.0f} {figures['sys']:7.0f} {figures['cpu']:7.0f} {beyond:>12} "
              f"{got[name]['kib']:9.0f}")


AWK = r"""BEGIN { FS = "," } $3 == "system" { k = $4 "," $5; n[k]++; x = $2 - 7200; sx[k] += x; sy[k] += $9; sxx[k] += x * x;
sxy[k] += x * $9 } END { for (k in n) print k, (n[k] * sxy[k] - sx[k] * sy[k]) / (n[k] * sxx[k] - sx[k] * sx[k]) * 3600 }"""


def bench_report(runs, megabytes, tags):
    awk = shutil.which("mawk") or shutil.which("awk")
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as directory:
        logs = {}
        for form in ("csv", "ndjson"):
            logs[form] = f"{directory}/log.{form}"
            measure([BENCH / "make-log", form, megabytes, tags], logs[form])
        subprocess.run([ANALYZE, "convert", "--to", "csv", "-z", "-o", f"{directory}/log.csv.gz", logs["csv"]], check=True)
        logs["csv, gzip members"] = f"{directory}/log.csv.gz"
        commands = {"cat": ["cat", logs["csv"]], "awk": [awk, AWK, logs["csv"]]}
        for form, path in logs.items():
            for jobs in (1, 2):
                commands[f"{form}, {jobs} thread{'s' if jobs > 1 else ''}"] = \
                    [ANALYZE, "report", "-q", "-j", jobs, "--format", "json", "--all", path]
        got = interleaved(runs, **commands)
        size = os.path.getsize(logs["csv"]) / 1e6
        print(f"report: {size:.0f} MB of CSV, {os.path.getsize(logs['ndjson']) / 1e6:.0f} MB of NDJSON, {tags} tags")
        print(f"  {'':34} {'wall s':>7} {'CPU s':>7} {'MB/s':>7} {'to awk':>8} {'peak MiB':>9}")
        for name, figures in got.items():
            mb = os.path.getsize(logs["ndjson"]) / 1e6 if name.startswith("ndjson") else size
            title = {"cat": "cat, CSV", "awk": f"{os.path.basename(awk)}, the slopes only, CSV"}.get(name, f"report, {name}")
            print(f"  {title:34} {figures['wall']:7.2f} {figures['cpu']:7.2f} {mb / figures['wall']:7.0f} "
                  f"{got['awk']['wall'] / figures['wall']:7.1f}x {figures['kib'] / 1024:9.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["recording", "report"], help="recording, report")
    parser.add_argument("--runs", type=int, default=5, help="of each command, interleaved (default 5)")
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the log to report on (default 1000)")
    parser.add_argument("--tags", type=int, default=500, help="different tags in it (default 500)")
    parser.add_argument("--snapshots", type=int, default=1000, help="to record (default 1000)")
    parser.add_argument("--interval", type=int, default=5, help="between them, in ms (default 5)")
    options = parser.parse_args()
    if "recording" in options.what:
        bench_recording(options.runs, options.snapshots, options.interval)
    if "report" in options.what:
        bench_report(options.runs, options.megabytes, options.tags)


main()

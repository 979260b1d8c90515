#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what a recording costs and what a report costs, each beside a peer in the same run: medians of
interleaved runs. Prints figures; judges nothing."""
import argparse
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from speed import bench_report

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
    bench_peers(runs)


def bench_snapshot(runs, n, interval):
    """What a snapshot takes beyond what the kernel takes for the files, tick by tick in turns with bare reads of them."""
    print(f"a snapshot in turns with bare reads, {n} of each, one every {interval} ms: medians in microseconds of CPU")
    print(f"  {'':8} {'slabinfo':>9} {'all three':>10} {'taken':>7} {'written':>8} {'beyond':>7} {'to slabinfo':>12}")
    for form in ("ndjson", "csv"):
        got = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as directory:
                words = [BENCH / "snapshot-cost", form, f"{directory}/log/", n, interval]
                got.append([float(text) for text in subprocess.run(
                    list(map(str, words)), check=True, capture_output=True, text=True).stdout.split()])
        # of each run by itself, as the kernel's part changes from one to the next
        got = [(*run, run[2] + run[3] - run[1], (run[2] + run[3]) / run[0]) for run in got]
        slabinfo, every, taken, written, beyond, ratio = (statistics.median(column) for column in zip(*got))
        print(f"  {form:8} {slabinfo:9.0f} {every:10.0f} {taken:7.0f} {written:8.0f} {beyond:7.0f} {ratio:11.2f}x")


def cpu_of(pid):
    """User and system CPU seconds of a process so far, and its peak KiB."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    ticks = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / ticks, int(fields[12]) / ticks, int(status.partition("VmHWM:")[2].split()[0])


def asked(runs, n, interval):
    """What a prometheus-node-exporter with nothing but its slabinfo collector takes to answer n times."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["prometheus-node-exporter", "--collector.disable-defaults", "--collector.slabinfo", "--log.level=error",
             f"--web.listen-address=127.0.0.1:{port}"]
    results = []
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for attempt in range(100):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                sys.exit("bench: prometheus-node-exporter does not answer")
            for _ in range(runs):
                before = cpu_of(process.pid)
                for _ in range(n):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read()
                    time.sleep(interval / 1000)
                user, system, kib = (a - b for a, b in zip(cpu_of(process.pid), (*before[:2], 0)))
                results.append({"user": user, "sys": system, "cpu": user + system, "kib": kib})
        finally:
            process.terminate()
    return {figure: statistics.median(run[figure] for run in results) for figure in results[0]}


def bench_peers(runs):
    """Others that sample a system for weeks. sadc takes whole seconds, and its activities besides slab totals; few
    snapshots are enough, as medians are of several runs."""
    n = 20
    sadc = shutil.which("sadc", path="/usr/lib/sysstat:/usr/lib64/sa:/usr/lib/sa")
    rows = []
    if sadc:
        with tempfile.TemporaryDirectory() as directory:
            got = interleaved(1, one=[sadc, 1, 1, f"{directory}/one"], many=[sadc, 1, n, f"{directory}/many"])
            rows.append(("sadc of sysstat, totals", {
                key: (got["many"][key] - got["one"][key]) / (n - 1) for key in ("user", "sys", "cpu")} |
                {"kib": got["many"]["kib"]}))
    if shutil.which("prometheus-node-exporter"):
        got = asked(runs, 100, 5)
        rows.append(("node_exporter, slabinfo only", {
            key: got[key] / 100 for key in ("user", "sys", "cpu")} | {"kib": got["kib"]}))
    for title, figures in rows:
        print(f"  {title:34} {figures['user'] * 1e6:7.0f} {figures['sys'] * 1e6:7.0f} {figures['cpu'] * 1e6:7.0f} "
              f"{'':>12} {figures['kib']:9.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["recording", "report"], help="recording, report")
    parser.add_argument("--runs", type=int, default=5, help="of each command, interleaved (default 5)")
    parser.add_argument("--megabytes", type=int, default=1000, help="of CSV to report on, and the same rows of NDJSON (default 1000)")
    parser.add_argument("--tags", type=int, default=500, help="different tags in it (default 500)")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="report: without DuckDB, chDB and so on")
    parser.add_argument("--slow", action="store_true", help="report: with pandas and Miller, which take minutes")
    parser.add_argument("--instructions", action="store_true", help="count instructions for each row of a report, nothing else")
    parser.add_argument("--json", metavar="FILE", help="report: write all figures to FILE")
    parser.add_argument("--markdown", action="store_true", help="report: print the tables as Markdown")
    parser.add_argument("--readme", action="store_true", help="report: put the table into README.md")
    parser.add_argument("--snapshots", type=int, default=1000, help="to record (default 1000)")
    parser.add_argument("--interval", type=int, default=5, help="between them, in ms (default 5)")
    options = parser.parse_args()
    if "recording" in options.what and not options.instructions:
        bench_recording(options.runs, options.snapshots, options.interval)
        for interval in (0, options.interval):
            bench_snapshot(options.runs, options.snapshots, interval)
    if "report" in options.what or options.instructions:
        zlib_build = os.environ.get("POOLMON_BUILD_ZLIB")
        bench_report(BUILD, None if zlib_build is None else pathlib.Path(zlib_build), measure, options)


main()

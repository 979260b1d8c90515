# SPDX-License-Identifier: MIT
"""How fast a report is: beside the peers that people would use instead, and beside the limits that nobody can be faster
than, on the same files, in interleaved turns. Every peer must come to the same counts, extremes and slopes."""
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
CSV_ROW = 71.0  # bytes, about
TOLERANCE = 1e-4  # of a slope, of 1 byte an hour at the least; sums in floating point lose digits

AWK = r"""BEGIN { FS = "," } $3 == "system" { k = $4; v = $9 + 0; if (!(k in n) || v < lo[k]) lo[k] = v; if (v > hi[k]) hi[k] = v
n[k]++; x = $2 - 7200; sx[k] += x; sy[k] += v; sxx[k] += x * x; sxy[k] += x * v } END { for (k in n)
printf "%s %d %.17g %.17g %.17g\n", k, n[k], lo[k], hi[k], (n[k] * sxy[k] - sx[k] * sy[k]) / (n[k] * sxx[k] - sx[k] * sx[k]) * 3600 }"""
MILLER = r"""if ($pool == "system") { k = $tag; x = $uptime_s - 7200; v = $bytes; @n[k] += 1; @lo[k] = min(@lo[k], v);
@hi[k] = max(@hi[k], v); @sx[k] += x; @sy[k] += v; @sxx[k] += x * x; @sxy[k] += x * v }
end { for (k, n in @n) { print k . " " . n . " " . @lo[k] . " " . @hi[k] . " " .
((n * @sxy[k] - @sx[k] * @sy[k]) / (n * @sxx[k] - @sx[k] * @sx[k]) * 3600) } }"""


class Bench:
    def __init__(self, build, zlib_build, measure, options):
        self.build, self.measure, self.options = build, measure, options
        self.builds = {"": build}
        if zlib_build is not None:
            self.builds[" zlib"] = zlib_build
        self.commands = {}  # name: words
        self.checks = {}  # name: what reads its output as {tag: (count, least, most, slope)}
        self.figures = {}
        self.bytes = {}

    # ---- data ----

    def make(self, directory):
        directory = self.directory = pathlib.Path(directory)
        rows = int(self.options.megabytes * 1e6 / CSV_ROW)
        self.rows = rows - rows % self.options.tags + (self.options.tags if rows % self.options.tags else 0)
        for form in ("csv", "ndjson"):
            for order in ("ordered", "shuffled"):
                self.log(form, order).mkdir()
                subprocess.run([self.build / "tests/bench/make-log", form, str(rows), str(self.options.tags), order,
                                self.log(form, order)], check=True)
            for packing, extension in (("gz", "gz"), ("zst", "zst")):
                self.log(form, packing).mkdir()
                for path in self.parts(form):
                    self.analyze(self.build, "convert", "-q", path, "-o",
                                 self.log(form, packing) / f"{path.name}.{extension}")
            self.log(form, "foreign").mkdir()
            with open(self.log(form, "foreign") / f"log.{form}.gz", "wb") as out:
                subprocess.run(["gzip", "-c", self.parts(form)[0]], stdout=out, check=True)
        for path in directory.glob("*/"):
            self.bytes[path.name] = sum(part.stat().st_size for part in path.iterdir())

    def log(self, form, kind="ordered"):
        return self.directory / f"{form}-{kind}"

    def parts(self, form, kind="ordered"):
        return sorted(self.log(form, kind).iterdir())

    @staticmethod
    def analyze(build, *words):
        return subprocess.run([build / "src/programs/poolmon-analyze", *words], check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE).stdout

    # ---- who runs ----

    def add(self, name, words, check=None):
        self.commands[name] = [str(word) for word in words]
        if check is not None:
            self.checks[name] = check

    def add_ours(self):
        for suffix, build in self.builds.items():
            program = [build / "src/programs/poolmon-analyze", "report", "-q", "--format", "json", "--all", "-j"]
            for form in ("csv", "ndjson"):
                for kind in ("gz",) if suffix else ("ordered", "shuffled", "gz", "zst", "foreign"):
                    for jobs in (1, 2):
                        whole = kind != "foreign"
                        self.add(f"{form} {kind} {jobs}{suffix}", [*program, jobs, self.log(form, kind)], read_ours if whole else None)
                for jobs in (1, 2):
                    self.add(f"{form} gz inflate {jobs}{suffix}",
                             [build / "tests/bench/inflate-only", jobs, *self.parts(form, "gz")])
        program = self.build / "src/programs/poolmon-analyze"
        for form in ("csv", "ndjson"):
            self.add(f"{form} read", [self.build / "tests/bench/read-scan", *self.parts(form)])
            self.add(f"{form} convert", [program, "convert", "-q", "--to", form, self.log(form)])
            self.add(f"{form} listed 100 times", [program, "report", "-q", "-j", 2, *(self.parts(form) * 100)])

    def add_peers(self):
        for peer, script in (("DuckDB", "peer-duckdb.cjs"), ("chDB", "peer-chdb.cjs")):
            for form in ("csv", "ndjson"):
                for kind, pattern in (("ordered", f"*.{form}"), ("gz", f"*.{form}.gz")):
                    self.add(f"{form} {kind} {peer}", ["node", HERE / script, 2, self.log(form, kind), pattern], read_json)
        self.add("csv ordered mawk", ["mawk", AWK, *self.parts("csv")], read_words)
        if self.options.slow:
            self.add("csv ordered pandas", ["/usr/bin/python3", HERE / "peer-pandas.py", "csv", *self.parts("csv")], read_json)
            self.add("ndjson ordered pandas", ["/usr/bin/python3", HERE / "peer-pandas.py", "ndjson", *self.parts("ndjson")], read_json)
            self.add("csv ordered Miller", ["mlr", "--icsv", "--oxtab", "--from", self.parts("csv")[0],
                                            *(word for path in self.parts("csv")[1:] for word in ("--from", path)),
                                            "put", "-q", MILLER], read_words)

    def check(self):
        """Whether all say the same of every series; those that can't be run are left out, which is told."""
        expected = None
        for name, read in self.checks.items():
            result = subprocess.run(self.commands[name], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if result.returncode != 0:
                if "poolmon-analyze" in self.commands[name][0]:
                    sys.exit(f"bench: {name}: {result.stderr}")
                print(f"bench: {name} does not run here and is left out: {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
                del self.commands[name]
                continue
            found = read(result.stdout)
            expected = expected or found
            compare(name, found, expected)

    def run(self):
        runs = {name: [] for name in self.commands}
        for turn in range(self.options.runs):
            for name, words in self.commands.items():
                if sys.stderr.isatty():
                    print(f"\r{turn + 1}/{self.options.runs} {name:40}", end="", file=sys.stderr)
                runs[name].append(self.measure(words))
        if sys.stderr.isatty():
            print(f"\r{'':60}\r", end="", file=sys.stderr)
        self.figures = {name: {figure: statistics.median(run[figure] for run in got) for figure in got[0]}
                        for name, got in runs.items()}

    # ---- what it comes to ----

    def wall(self, name):
        return self.figures[name]["wall"]

    def plain_bytes(self, name):
        words = name.split()
        form = words[0]
        if "foreign" in words:
            return self.parts(form)[0].stat().st_size
        return self.bytes[f"{form}-{'shuffled' if 'shuffled' in words else 'ordered'}"]

    def fastest_peer(self, form, kind):
        return min((self.wall(f"{form} {kind} {peer}") for peer in ("DuckDB", "chDB") if f"{form} {kind} {peer}" in self.figures),
                   default=None)

    def bars(self):
        """(what it is about, the value, the bar, whether larger is better)."""
        bars = []
        for form, bar, packed in (("csv", 12, 6), ("ndjson", 12, 7)):
            for kind, least, suffixes in (("ordered", bar, [""]), ("gz", packed, list(self.builds))):
                for suffix in suffixes:
                    peer = self.fastest_peer(form, kind)
                    least = least if suffix == "" else 2.5 if form == "csv" else None
                    if peer is not None and least is not None:
                        library = "" if kind == "ordered" else " with zlib" if suffix else " with ISA-L"
                        bars.append((f"{form}{' gz' * (kind == 'gz')}{library}, 2 threads, times as fast as DuckDB or chDB",
                                     peer / self.wall(f"{form} {kind} 2{suffix}"), least, True))
            bars.append((f"{form}, 1 thread, time to read and newline scan",
                         self.wall(f"{form} ordered 1") / self.wall(f"{form} read"), 2.5 if form == "csv" else 2.0, False))
            for suffix in self.builds:
                for jobs in (1, 2):
                    bars.append((f"{form} gz with {'zlib' if suffix else 'ISA-L'}, {jobs} thread{'s' * (jobs > 1)}, time to inflating only",
                                 self.wall(f"{form} gz {jobs}{suffix}") / self.wall(f"{form} gz inflate {jobs}{suffix}"),
                                 1.12 if suffix else 1.20, False))
            for kind in ("ordered", "gz"):
                bars.append((f"{form}{' gz' * (kind == 'gz')}, two threads to one",
                             self.wall(f"{form} {kind} 1") / self.wall(f"{form} {kind} 2"), 1.8, True))
            bars.append((f"{form} shuffled, 1 thread, speed to ordered",
                         self.wall(f"{form} ordered 1") / self.wall(f"{form} shuffled 1"), 0.5, True))
            bars.append((f"{form} convert, speed to the report's with 1 thread",
                         self.wall(f"{form} ordered 1") / self.wall(f"{form} convert"), 1 / 3, True))
            ours = [name for name in self.figures if re.fullmatch(rf"{form} (ordered|gz) [12]( zlib)?", name)]
            bars.append((f"{form}, peak MiB", max(self.figures[name]["kib"] for name in ours) / 1024, 16, False))
            bars.append((f"{form}, peak to that with all parts listed 100 times",
                         self.figures[f"{form} listed 100 times"]["kib"] / self.figures[f"{form} ordered 2"]["kib"], 1.25, False))
        return bars

    def table(self):
        rows = []
        for name in sorted(self.figures, key=lambda name: (name.split()[0], self.wall(name))):
            form = name.split()[0]
            row = [name, f"{self.wall(name):.2f}", f"{self.figures[name]['cpu']:.2f}",
                   f"{self.plain_bytes(name) / 1e9 / self.wall(name):.2f}",
                   f"{self.wall(name) / self.wall(f'{form} read'):.2f}"]
            for peer in ("DuckDB", "chDB"):
                kind = "gz" if " gz" in name else "ordered"
                other = f"{form} {kind} {peer}"
                same_data = "foreign" not in name and other in self.figures
                row.append(f"{self.wall(other) / self.wall(name):.1f}x" if same_data else "")
            rows.append(row + [f"{self.figures[name]['kib'] / 1024:.1f}"])
        return ["", "wall s", "CPU s", "GB/s", "to read", "to DuckDB", "to chDB", "peak MiB"], rows


def read_ours(text):
    return {found["tag"]: (found["samples"], found["min_bytes"], found["max_bytes"], found["slope_bytes_per_hour"])
            for found in json.loads(text)["findings"]}


def read_json(text):
    return {tag: values for tag, *values in json.loads(text)}


def read_words(text):
    return {tag: tuple(map(float, values)) for tag, *values in (line.split() for line in text.splitlines())}


def compare(name, found, expected):
    if found.keys() != expected.keys():
        sys.exit(f"bench: {name} finds {len(found)} series instead of {len(expected)}")
    for tag, (count, least, most, slope) in expected.items():
        got = found[tag]
        if tuple(map(float, got[:3])) != (count, least, most) or abs(got[3] - slope) > TOLERANCE * max(abs(slope), 1):
            sys.exit(f"bench: {name} says {got} of {tag} where {(count, least, most, slope)} was expected")


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / 2**20
    return (f"{os.cpu_count()} cores of {model[1].strip() if model else platform.machine()}, {memory:.0f} GiB, "
            f"Linux {platform.release().split('-')[0]}")


def write_tables(bench, markdown):
    heads, rows = bench.table()
    if markdown:
        print("| " + " | ".join(heads) + " |\n|" + " --- |" * len(heads))
        for row in rows:
            print("| " + " | ".join(row) + " |")
        print("\n| bar | value | wanted |\n| --- | --- | --- |")
    else:
        print(f"  {heads[0]:28}" + "".join(f"{head:>11}" for head in heads[1:]))
        for row in rows:
            print(f"  {row[0]:28}" + "".join(f"{cell:>11}" for cell in row[1:]))
        print()
    for what, value, bar, larger in bench.bars():
        sign, met = ("at least" if larger else "at most"), value >= bar if larger else value <= bar
        if markdown:
            print(f"| {what} | {value:.2f} | {sign} {bar:.2f}{'' if met else ': missed'} |")
        else:
            print(f"  {what:66} {value:7.2f}   {sign} {bar:.2f}{'' if met else '   MISSED'}")


def write_readme(bench, path):
    """Puts the table where the last one stands."""
    begin, end = "<!-- scripts/bench --readme -->\n", "<!-- end -->\n"
    text = path.read_text()
    heads, _ = bench.table()
    lines = [f"{bench.rows / 1e6:.1f} million rows, {bench.options.tags} tags, in parts of 100 MB: {bench.bytes['csv-ordered'] / 1e6:.0f} MB of CSV, "
             f"{bench.bytes['ndjson-ordered'] / 1e6:.0f} MB of NDJSON; {machine()}; page cache warm, 2 threads, medians of "
             f"{bench.options.runs} runs in turns (`scripts/bench report`):\n", "\n",
             "| seconds, peak MiB | report | DuckDB | chDB | pandas | mawk | read or inflate only |\n", "|" + " --- |" * 7 + "\n"]
    for form in ("csv", "ndjson"):
        for kind, title in (("ordered", ""), ("gz", ", gzip"), ("zst", ", zstd")):
            limit = {"ordered": f"{form} read", "gz": f"{form} gz inflate 2"}.get(kind)
            cells = [cell(bench, f"{form} {kind} {who}") for who in ("2", "DuckDB", "chDB", "pandas", "mawk")]
            lines.append(f"| {'CSV' if form == 'csv' else 'NDJSON'}{title} | {' | '.join(cells)} | {cell(bench, limit)} |\n")
    head, _, rest = text.partition(begin)
    path.write_text(head + begin + "".join(lines) + end + rest.partition(end)[2])


def cell(bench, name):
    figures = bench.figures.get(name)
    return "-" if figures is None else f"{figures['wall']:.2f}, {figures['kib'] / 1024:.0f}"


def count_instructions(bench, directory):
    """Instructions for each row of a fixed 50 MB, on one thread."""
    bench.directory = pathlib.Path(directory)
    found = {}
    for form in ("csv", "ndjson"):
        rows = {"csv": 704000, "ndjson": 336000}[form]
        bench.log(form).mkdir()
        subprocess.run([bench.build / "tests/bench/make-log", form, str(rows), "500", "ordered", bench.log(form)], check=True)
        result = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                                 bench.build / "src/programs/poolmon-analyze", "report", "-q", "-j", "1", bench.log(form)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
        collected = int(re.search(r"Collected : (\d+)", result.stderr)[1])
        size = sum(path.stat().st_size for path in bench.parts(form))
        found[form] = {"rows": rows, "bytes": size, "instructions": collected}
        print(f"  {form:8} {collected / rows:8.1f} instructions a row, {collected / size:6.2f} a byte")
    return found


def bench_report(build, zlib_build, measure, options):
    if not options.peers:
        os.environ.pop("BENCH_NODE", None)
    bench = Bench(build, zlib_build, measure, options)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as directory:
        if options.instructions:
            print("report: instructions (valgrind --tool=callgrind), 50 MB, 1 thread")
            found = {"instructions": count_instructions(bench, directory)}
        else:
            bench.make(directory)
            bench.add_ours()
            if options.peers:
                bench.add_peers()
            bench.check()
            bench.run()
            print(f"report: {bench.rows} rows, {options.tags} tags; {machine()}; medians of {options.runs} runs in turns")
            write_tables(bench, options.markdown)
            found = {"machine": machine(), "rows": bench.rows, "tags": options.tags, "runs": options.runs, "bytes": bench.bytes,
                     "figures": bench.figures,
                     "bars": [{"what": what, "value": value, "bar": bar, "larger_is_better": larger}
                              for what, value, bar, larger in bench.bars()]}
            if options.readme:
                write_readme(bench, HERE.parents[1] / "README.md")
    if options.json is not None:
        pathlib.Path(options.json).write_text(json.dumps(found, indent=2) + "\n")

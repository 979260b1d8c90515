# SPDX-License-Identifier: MIT
"""Text that PoolMon printed, and blocks of ours, as logs."""
import csv
import gzip
import io
import json
import os
import re

import pytest
from harness import ROOT, analyze, events_of, log, report, rows_of, samples_of

LOGS = ROOT / "tests" / "logs"
GOOD = sorted(path.name for path in LOGS.glob("good-poolmon-*.log"))
WRITTEN = 1_800_000_000  # 2027-01-15 08:00:00 UTC
WAIT = {"pool": "system", "tag": "Wait", "type": "Nonp", "allocs": 3971107, "frees": 3971077, "diff": 30, "bytes": 8456,
        "per_alloc": 281}


def copy(name, folder, written=WRITTEN):
    """A test log, last written at a given time."""
    path = folder / name
    path.write_bytes((LOGS / name).read_bytes())
    os.utime(path, (written, written))
    return path


def convert(*args, **kwargs):
    result = analyze("convert", "-q", "--to", "ndjson", *args, **kwargs)
    assert result.returncode == 0, result.stderr
    return rows_of(result.stdout)


def without_times(rows):
    return [{key: value for key, value in row.items() if key not in ("time", "uptime_s")} for row in rows]


# A printer of blocks of ours, written from their documentation: names of columns over what they name, blank cells where
# there is no value.
def print_block(rows, note, faults):
    first = rows[0]
    memory = {row["tag"]: row for row in rows if row["pool"] == "memory"}
    kib = {tag: str(row["bytes"] // 1024) if "bytes" in row else "" for tag, row in memory.items()}
    kib = {tag: kib.get(tag, "") for tag in ("Total", "Avail", "KrnlN", "KrnlP", "Commit", "Limit", "Peak", "PoolN", "PoolP")}
    time = first["time"].replace("T", " ").rstrip("Z")
    out = [f" Time: {time} UTC  Uptime: {first['uptime_s']:.3f} s  {note}",
           f" Memory:{kib['Total']:>8}K Avail:{kib['Avail']:>8}K  PageFlts:{faults:6}   InRam Krnl:{kib['KrnlN']:>5}K "
           f"P:{kib['KrnlP']:>5}K",
           f" Commit:{kib['Commit']:>7}K Limit:{kib['Limit']:>7}K Peak:{kib['Peak']:>7}K            Pool N:"
           f"{kib['PoolN']:>5}K P:{kib['PoolP']:>5}K"]
    names = {"system": " System pool information", "slab": " Slab cache information", "session:2": " Session 2 pool information"}
    pool = next(row["pool"] for row in rows if row["pool"] in names)
    out.append(names[pool])
    mine = [row for row in rows if row["pool"] == pool]
    width = max(4, *(len(row["tag"]) for row in mine))
    out.append(f" {'Tag':<{width}} {'Type':<6} {'Allocs':>20}            {'Frees':>10}            {'Diff':>10} {'Bytes':>14}"
               f"            {'Per Alloc':>10}")
    out.append("")
    for row in mine:
        cell = {key: str(row.get(key, "")) for key in ("allocs", "frees", "diff", "bytes", "per_alloc")}
        out.append(f" {row['tag']:<{width}} {row.get('type', ''):<6} {cell['allocs']:>20} (     0)   {cell['frees']:>10} (     0)"
                   f"   {cell['diff']:>10} {cell['bytes']:>14} (     0)   {cell['per_alloc']:>10}")
    return "\n".join(out) + "\n\n"


def print_blocks(rows):
    note, moments, faults, out = None, {}, 0, []
    for row in rows:
        if row["pool"] == "event":
            note = row["note"] if row["tag"] == "start" else note
        else:
            moments.setdefault((row["uptime_s"], note), []).append(row)
    for (_, note), block in moments.items():
        now = next(row["allocs"] for row in block if row["tag"] == "PageFlts")
        out.append(print_block(block, note, now - faults))
        faults = now
    return "".join(out)


SCRIPT = """
host north
boot b-1
interval 5s
ticks 20
row {pool} dentry Recl diff=1000+10 bytes=192000+1920 per_alloc=192
row {pool} filp Unrecl diff=500 bytes=128000
row {pool} Io\\x20\\x20 Nonp allocs=100+7 frees=90+6 diff=10+1 bytes=640+64 per_alloc=64
row {pool} a\\x2Cb\\x20with\\x20a\\x20longer\\x20name Paged allocs=18446744073709551000+7 frees=90+6 diff=10+1 bytes=640+64
row {pool} no\\x20type - diff=7 bytes=700 per_alloc=100
row memory Total - bytes=8192000000
row memory Avail - bytes=4096000000-409600
row memory PageFlts - allocs=5+100
row memory KrnlN - bytes=2048
row memory Peak - bytes=1024
"""


@pytest.mark.parametrize("name", GOOD)
def test_every_layout_is_read_without_complaint(name, tmp_path):
    path = copy(name, tmp_path)
    for command in ("report", "info", "validate"):
        result = analyze(command, "-q", "--strict", path)
        assert result.returncode == 0 and result.stderr == "", result.stderr
    rows = convert("--strict", path)
    (start,) = events_of(rows)
    assert start["tag"] == "start" and "schema=poolmon-log/1" in start["note"]
    files = json.loads(analyze("info", "-q", "--format", "json", path).stdout)["files"]
    assert [file["format"] for file in files] == ["poolmon"]


@pytest.mark.parametrize("name", ["snapshot", "utf16", "codepage", "ragged", "terminal", "blocks"])
def test_a_row_says_what_it_said(name, tmp_path):
    rows = without_times(convert(copy(f"good-poolmon-{name}.log", tmp_path)))
    assert WAIT in rows
    assert {"pool": "memory", "tag": "KrnlP", "bytes": 17856 * 1024} in rows
    assert {"pool": "memory", "tag": "PoolN", "bytes": 8332 * 1024} in rows


def test_bytes_of_tags_survive_code_pages_and_utf16(tmp_path):
    for name, tag in (("codepage", "\\x9F\\xE1\\xFFz"), ("utf16", "\\x9F\\xE1az")):
        rows = convert(copy(f"good-poolmon-{name}.log", tmp_path))
        assert tag in [row["tag"] for row in rows], name
    tags = {row["tag"] for row in samples_of(convert(copy("good-poolmon-blocks.log", tmp_path))) if row["pool"] == "system"}
    assert tags == {"Io\\x20\\x20", "\\x20abc", "Leak", "Ntfx", "Wait"}


def test_however_it_comes_it_is_the_same(tmp_path):
    path = copy("good-poolmon-blocks.log", tmp_path)
    text = path.read_bytes()
    wanted = convert(path)
    forms = {"gz": gzip.compress(text), "le": b"\xff\xfe" + text.decode().encode("utf-16-le"),
             "be": b"\xfe\xff" + text.decode().encode("utf-16-be"), "utf8": b"\xef\xbb\xbf" + text,
             "lf": text.replace(b"\r\n", b"\n"),
             "both": gzip.compress(b"\xff\xfe" + text.decode().encode("utf-16-le"))}
    for name, form in forms.items():
        other = tmp_path / f"any.{name}"
        other.write_bytes(form)
        os.utime(other, (WRITTEN, WRITTEN))
        assert convert(other) == wanted, name
        with open(other, "rb") as file:
            assert convert("-", stdin=file) == wanted, name
        piped = analyze("convert", "-q", "--to", "ndjson", "-", input=form, text=False)
        assert without_times(rows_of(piped.stdout.decode())) == without_times(wanted)


@pytest.mark.parametrize("pool", ["slab", "system", "session:2"])
def test_our_blocks_say_as_much_as_the_rows_they_were_made_of(pool, script, tmp_path):
    recorded = rows_of(log("-q", "-s", script(SCRIPT.format(pool=pool)), "--label", "build=a b").stdout)
    path = tmp_path / "ours.log"
    path.write_text(print_blocks(recorded))
    first = next(row["allocs"] for row in recorded if row["tag"] == "PageFlts")
    back = convert("--strict", path)
    assert events_of(back, "start")[0]["note"] == events_of(recorded, "start")[0]["note"]
    for row in recorded:
        row.pop("footprint", None)
    assert sorted(map(str, samples_of(back))) == sorted(map(str, samples_of(recorded)))
    assert first == 5 and all(row["build"] == "a b" for row in back)
    again = tmp_path / "again.csv"
    assert analyze("convert", "-q", "-o", again, path).returncode == 0
    assert convert(again) == back


def test_our_blocks_tell_their_times(tmp_path):
    path = copy("good-poolmon-ours.log", tmp_path)
    result = analyze("report", path)
    assert result.returncode == 0 and result.stderr == ""
    found = report(path)
    assert found["input"]["first_time"] == "2026-11-21T21:45:00.000Z" and found["input"]["snapshots"] == 24
    assert found["hosts"][0] == {"host": "north", "os": "Linux", "kernel": "6.1.0-18-amd64", "boots": 1, "interval_s": 5.0,
                                 "sources": "slab"}
    assert found["findings"][0]["tag"] == "sock_inode_cache"
    assert round(found["findings"][0]["slope_bytes_per_hour"]) == 40 * 832 * 720
    dentry = next(row for row in convert(path) if row["tag"] == "dentry")
    assert dentry == {"time": "2026-11-21T21:45:00.000Z", "uptime_s": 12345.678, "pool": "slab", "tag": "dentry",
                      "type": "Recl", "diff": 19000, "bytes": 3648000, "per_alloc": 192}


def test_the_tag_that_grows_ranks_first(tmp_path):
    found = report("-q", copy("good-poolmon-blocks.log", tmp_path))["findings"]
    assert (found[0]["tag"], found[0]["verdict"]) == ("Leak", "leak")
    assert round(found[0]["slope_bytes_per_hour"]) == 6400 * 720
    assert all(finding["verdict"] != "leak" for finding in found[1:])


def test_times_are_assumed_and_that_is_said(tmp_path):
    path = copy("good-poolmon-blocks.log", tmp_path)
    for options, seconds in (([], 5), (["--interval", "2m"], 120)):
        result = analyze("report", "--format", "markdown", *options, path)
        said = (f"tells no times: a block every {'5 s' if seconds == 5 else '2 min'} is assumed, the last at "
                "2027-01-15 08:00:00 UTC, when the file was last written")
        assert f"poolmon.analyze: {path}: {said}; give --interval".replace(".", "-", 1) in result.stderr
        assert said.replace("-", "\\-") in result.stdout or said in result.stdout
        times = sorted({row["time"] for row in convert(*options, path)})
        assert len(times) == 24 and times[-1] == "2027-01-15T08:00:00.000Z"
        uptimes = sorted({row["uptime_s"] for row in convert(*options, path)})
        assert uptimes == [WRITTEN - seconds * (23 - i) for i in range(24)]
    assert analyze("info", "-q", path).stderr == ""


def test_of_a_pipe_the_times_are_made_up_and_that_is_said(tmp_path):
    text = (LOGS / "good-poolmon-blocks.log").read_text()
    result = analyze("info", "-", input=text)
    assert "from 2000-01-01 00:00:00 UTC on, which is made up" in result.stderr
    both = analyze("info", "-", copy("good-poolmon-snapshot.log", tmp_path), input=text)
    assert both.returncode == 0 and both.stderr.count("made up") == 1


def test_an_interval_of_nothing_is_refused():
    result = analyze("info", "--interval", "0s", LOGS / "good-poolmon-blocks.log")
    assert result.returncode == 2 and "--interval" in result.stderr


def test_snapshot_files_are_as_old_as_the_files(tmp_path):
    text = (LOGS / "good-poolmon-snapshot.log").read_text()
    for i, name in enumerate(["d.log", "a.log", "c.log", "b.log", "e.log"]):
        path = tmp_path / name
        path.write_text(text.replace("   64000 ", f"   {64000 + 6400 * i} "))
        os.utime(path, (WRITTEN + 1800 * i, WRITTEN + 1800 * i))
    result = analyze("report", "--format", "json", "--all", tmp_path)
    found = json.loads(result.stdout)
    assert [os.path.basename(file["path"]) for file in found["files"]] == ["d.log", "a.log", "c.log", "b.log", "e.log"]
    leak = next(finding for finding in found["findings"] if finding["tag"] == "Leak")
    assert leak["samples"] == 5 and leak["slope_bytes_per_hour"] == 12800 and leak["gaps"] == 0
    assert result.stderr.count("tells no time: taken as of 2027-01-15") == 3
    assert "... and 2 more logs that tell no times" in result.stderr


def test_runs_that_were_appended_are_told_apart(script, tmp_path):
    path = tmp_path / "poolmon.log"
    texts = []
    for boot in ("b-1", "b-2"):
        text = SCRIPT.format(pool="slab").replace("boot b-1", f"boot {boot}")
        texts.append(print_blocks(rows_of(log("-q", "-s", script(text)).stdout)))
    path.write_text(texts[0] + texts[1].replace("2026-01-01 ", "2026-01-02 "))
    found = report(path)
    assert found["hosts"][0]["boots"] == 2 and found["input"]["starts"] == 2 and found["input"]["rejected"] == 0
    assert found["findings"][0]["epochs"] == 2
    # A block that was cut off in the middle of a row when the machine went down.
    path.write_text(texts[0][:-200] + texts[1].replace("2026-01-01 ", "2026-01-02 "))
    found = report("-q", path)
    assert found["hosts"][0]["boots"] == 2 and found["input"]["snapshots"] == 40
    assert found["input"]["rejected"] == 1


def test_what_cannot_be_read_is_told_by_its_line(tmp_path):
    path = copy("bad-poolmon.log", tmp_path)
    result = analyze("validate", "--format", "json", path)
    assert result.returncode == 3
    rejects = {(reject["kind"], reject["line"], reject.get("seen")) for reject in json.loads(result.stdout)["rejects"]}
    lines = path.read_text().split("\n")
    assert rejects == {
        ("syntax", 1, "C:\\> poolmon /b"), ("syntax", 12, "Query pooltags Failed c0000004"),
        ("negative-number", 13, "-1"), ("out-of-range", 14, "18446744073709551616"),
        ("columns", 15, lines[14][10:]), ("syntax", 16, lines[15][:31]), ("torn-line", 26, lines[25])}
    assert f"{path}:13:53: diff: a negative number" in analyze("report", path).stderr
    assert len(samples_of(convert(path))) == 30  # two blocks of five rows and ten figures
    assert analyze("convert", "--strict", "--to", "csv", path, "-o", tmp_path / "out.csv").returncode == 3
    assert not (tmp_path / "out.csv").exists()


def test_a_cut_at_any_byte_loses_but_what_is_behind_it(tmp_path):
    text = (LOGS / "good-poolmon-ours.log").read_bytes()
    whole = convert(copy("good-poolmon-ours.log", tmp_path))
    path = tmp_path / "cut.log"
    for n in range(1300, 2100, 53):
        path.write_bytes(text[:n])
        rows = convert(path)
        assert rows == whole[:len(rows)] and len(rows) >= 12
        torn = json.loads(analyze("validate", "-q", "--format", "json", path).stdout)["rejects"]
        assert [reject["kind"] for reject in torn] == ([] if text[n - 1:n] == b"\n" else ["torn-line"])


def test_replayed_it_is_the_same_log(tmp_path):
    path = copy("good-poolmon-ours.log", tmp_path)
    replayed = rows_of(log("-q", "-s", f"replay:{path}").stdout)
    assert samples_of(replayed) == samples_of(convert(path))
    assert "host=north" in events_of(replayed, "start")[0]["note"]
    path = copy("good-poolmon-blocks.log", tmp_path)
    assert samples_of(rows_of(log("-q", "-s", f"replay:{path}").stdout)) == samples_of(convert(path))


def test_two_of_them_are_compared(tmp_path):
    before = copy("good-poolmon-blocks.log", tmp_path)
    after = tmp_path / "after.log"
    text = before.read_text()
    after.write_text(re.sub(r"Leak( .*?)(\d+) \( *(\d+)\) +(\d+)(\r?\n)", r"Less\1\2 ( \3)   \4\5", text))
    result = analyze("diff", "--format", "json", before, after)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("tells no times") == 2
    verdicts = {change["tag"]: change["verdict"] for change in json.loads(result.stdout)["changes"]}
    assert {"Leak", "Less"} <= set(verdicts)


def test_it_is_no_format_to_write(small, tmp_path):
    path = copy("good-poolmon-blocks.log", tmp_path)
    assert analyze("convert", "--to", "poolmon", path).returncode == 2
    assert log("-q", "-s", small, "-f", "poolmon").returncode == 2
    before = path.read_bytes()
    refused = log("-q", "-s", small, "-o", path)
    assert refused.returncode == 3 and "no log of this format" in refused.stderr and path.read_bytes() == before


def test_csv_of_it_is_a_table(tmp_path):
    path = copy("good-poolmon-snapshot.log", tmp_path)
    rows = list(csv.DictReader(io.StringIO(analyze("convert", "-q", "--to", "csv", path).stdout)))
    assert [row["tag"] for row in rows if row["pool"] == "system"] == ["Io\\x20\\x20", "\\x20abc", "Leak", "Wait"]
    assert {row["time"] for row in rows} == {"2027-01-15 08:00:00.000"}

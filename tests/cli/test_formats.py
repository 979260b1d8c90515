# SPDX-License-Identifier: MIT
"""What poolmon-log writes, in each format, seen by its schema, by other tools, and by itself."""
import csv
import gzip
import io
import json
import re
import shutil
import sqlite3
import struct
import subprocess

import pytest
from harness import ROOT, SMALL, analyze, events_of, log, report, rows_of, samples_of

jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not installed")

ROW_SCHEMA = json.loads((ROOT / "schemas/log-row.schema.json").read_text())
REPORT_SCHEMA = json.loads((ROOT / "schemas/report.schema.json").read_text())


def table_of(name):
    """The rows of a field table in fields.h: (name, kind, unit, description)."""
    text = (ROOT / "include/poolmon/fields.h").read_text()
    body = re.search(rf"#define PM_{name}_FIELDS\(X\)(.*?)\n\n", text, re.S).group(1)
    body = re.sub(r"\s+", " ", body.replace("\\\n", "\n"))
    return re.findall(r'X\(\w+, "([^"]+)", (\w+), "([^"]*)", "[^"]*", "([^"]*)"\)', body)


def validate(schema, document):
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.draft202012_format_checker
        if hasattr(jsonschema, "draft202012_format_checker") else jsonschema.FormatChecker())
    errors = [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(document)]
    assert not errors, errors[:3]


def test_ndjson_holds_what_was_sampled(small):
    result = log("-q", "-s", small)
    assert result.returncode == 0 and result.stderr == ""
    rows = rows_of(result.stdout)
    dentry = [row for row in rows if row["tag"] == "dentry"]
    assert len(dentry) == 20
    assert dentry[3] == {
        "time": "2026-01-01T00:00:15.000Z", "uptime_s": 115.0, "pool": "slab", "tag": "dentry", "type": "Recl",
        "diff": 1030, "bytes": 197760, "footprint": 212992}
    assert [row["tag"] for row in events_of(rows)] == ["start", "mark", "stop"]
    assert events_of(rows, "mark")[0]["note"] == 'text="half way there"'
    start = events_of(rows, "start")[0]["note"]
    for part in ("schema=poolmon-log/1", "version=", "host=north", "boot_id=b-1", "sources=scripted"):
        assert part in start


def test_every_row_is_valid_by_the_schema(small, script):
    odd = script("host h\nticks 2\nrow system \\x00\\xFF\\x2C\\x22\\x5C Paged allocs=18446744073709551615 frees=0\n"
                 "row session:7 =SUM Nonp diff=1 bytes=0\nrow alloc mm/slab.c:10\\x20\\x5Bx\\x5D - bytes=1\n")
    for source in (small, odd):
        for row in rows_of(log("-q", "-s", source, "--label", "build=1234").stdout):
            validate(ROW_SCHEMA, row)


def test_the_schema_refuses_what_is_no_row(small):
    good = samples_of(rows_of(log("-q", "-s", small).stdout))[0]
    for change in ({"bytes": -1}, {"bytes": 1.5}, {"bytes": "1"}, {"bytes": None}, {"pool": "pond"}, {"type": ""},
                   {"time": "2026-01-01 00:00:00.000"}, {"note": "a=b"}, {"label": 5}, {"tag": "a,b"}):
        with pytest.raises(AssertionError):
            validate(ROW_SCHEMA, {**good, **change})
    with pytest.raises(AssertionError):
        validate(ROW_SCHEMA, {key: good[key] for key in ("time", "uptime_s", "pool", "tag")})


def test_every_report_is_valid_by_the_schema(small, tmp_path):
    path = tmp_path / "a.ndjson"
    log("-q", "-s", small, "-o", path)
    with open(path, "a") as file:
        file.write('{"broken\n')
    for command in ("report", "info", "validate"):
        text = analyze(command, "--format", "json", path, *(["--all"] if command == "report" else [])).stdout
        document = json.loads(text)
        validate(REPORT_SCHEMA, document)
        assert document["rejects"][0]["kind"] == "syntax"
    with pytest.raises(AssertionError):
        validate(REPORT_SCHEMA, {**document, "report": "leaks"})


@pytest.mark.parametrize("table, path", [
    ("INPUT", ["input"]), ("FILE", ["files", "items"]), ("REJECT", ["rejects", "items"]),
    ("HOST", ["hosts", "items"]), ("POOL", ["pools", "items"]), ("MEMORY", ["memory", "items"]),
    ("MOMENT", ["moments", "items"]), ("FINDING", ["findings", "items"]),
    ("RECORDING", ["recordings", "items"]), ("CHANGE", ["changes", "items"])])
def test_report_schema_and_field_table_are_one(table, path):
    part = REPORT_SCHEMA["properties"]
    for step in path:
        part = part[step]
    check_properties(part["properties"], table_of(table))


def test_row_schema_column_list_and_field_table_are_one():
    fields = table_of("LOG")
    check_properties(ROW_SCHEMA["properties"], fields)
    with open(ROOT / "schemas/log-columns.csv") as file:
        listed = [tuple(row) for row in csv.reader(file)][1:]
    assert listed == [(name, kind.lower(), unit, what) for name, kind, unit, what in fields]
    ddl = (ROOT / "schemas/log.sql").read_text()
    columns = re.findall(r"^    (\w+) +(?:TEXT|REAL|INTEGER)", ddl, re.M)
    assert columns == [name for name, *_ in fields]


def check_properties(properties, fields):
    types = {"TEXT": "string", "TIME": "string", "SECONDS": "number", "REAL": "number", "FLAG": "boolean"}
    assert list(properties) == [name for name, *_ in fields]
    for name, kind, unit, what in fields:
        assert properties[name]["type"] == types.get(kind, "integer"), name
        assert properties[name]["description"] == what + (f" [{unit}]" if unit not in ("", "#") else "")


def test_csv_is_the_same_log(small):
    rows = list(csv.DictReader(io.StringIO(log("-q", "-s", small, "-f", "csv").stdout)))
    json_rows = rows_of(log("-q", "-s", small).stdout)
    assert list(rows[0]) == [name for name, *_ in table_of("LOG")]
    assert len(rows) == len(json_rows)
    for a, b in zip(rows, json_rows):
        assert a["time"] == b["time"].replace("T", " ").rstrip("Z")
        assert float(a["uptime_s"]) == b["uptime_s"]
        for name in list(a)[2:]:
            assert a[name] == str(b.get(name, ""))


@pytest.mark.parametrize("first, second", [("ndjson", "csv"), ("csv", "ndjson")])
def test_converting_there_and_back_changes_nothing(small, tmp_path, first, second):
    original = log("-q", "-s", small, "-f", first, "--label", "build=1234", "--label", "lab=a b").stdout
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text(original)
    there = analyze("convert", "--to", second, a)
    assert there.returncode == 0 and there.stderr == ""
    b.write_text(there.stdout)
    back = analyze("convert", "--to", first, b)
    assert back.stdout == original


def test_the_name_says_what_to_convert_to(small, tmp_path):
    path = tmp_path / "a.ndjson"
    log("-q", "-s", small, "-o", path)
    for name in ("b.csv", "c.csv.gz", "d.ndjson", "e.ndjson.gz"):
        assert analyze("convert", path, "-o", tmp_path / name).returncode == 0
        data = (tmp_path / name).read_bytes()
        assert (data[:2] == b"\x1f\x8b") == name.endswith(".gz")
        text = gzip.decompress(data).decode() if name.endswith(".gz") else data.decode()
        assert text == analyze("convert", "--to", "csv" if "csv" in name else "ndjson", path).stdout
    assert analyze("convert", "--to", "csv", path, "-o", tmp_path / "f.ndjson").returncode == 0
    for words in (["-t", "csv"], ["-f", "csv"], ["--format=csv"]):
        assert analyze("convert", *words, path).stdout == (tmp_path / "f.ndjson").read_text()
    assert (tmp_path / "f.ndjson").read_text() == (tmp_path / "b.csv").read_text()


def test_labels_are_columns_in_each_row(small):
    rows = rows_of(log("-q", "-s", small, "--label", "build=1234", "--label", "note2=x y").stdout)
    assert all(row["build"] == "1234" and row["note2"] == "x y" for row in rows)
    lines = log("-q", "-s", small, "-f", "csv", "--label", "build=12,\"34").stdout.splitlines()
    assert lines[0].endswith(",note,build")
    assert all(line.endswith(',"12,""34"') for line in lines[1:])


@pytest.mark.parametrize("label, message", [
    ("build", "is not NAME=VALUE"), ("=5", "is not NAME=VALUE"), ("x=", "is not NAME=VALUE"),
    ("bytes=5", "is the name of a column already"), ("a-b=5", "letters, digits and _ only"),
    ("1a=5", "letters, digits and _ only"), ("a=b\nc", "control character")])
def test_labels_that_can_not_be_columns_are_refused(small, label, message):
    result = log("-q", "-s", small, "--label", label)
    assert result.returncode == 2
    assert message in result.stderr
    assert log("-q", "-s", small, "--label", "a=1", "--label", "a=2").returncode == 2


def members_of(data):
    """The members of a gzip file of ours, by the sizes that their headers tell."""
    at = 0
    while at < len(data):
        magic, extra = data[at:at + 4], data[at + 10:at + 16]
        assert magic == b"\x1f\x8b\x08\x04" and extra == b"\x0c\x00PM\x08\x00"
        packed, plain = struct.unpack("<II", data[at + 16:at + 24])
        member = data[at:at + packed]
        assert len(gzip.decompress(member)) == plain
        yield gzip.decompress(member)
        at += packed


def test_gzip_files_are_read_by_anyone(small, tmp_path):
    plain = log("-q", "-s", small).stdout
    path = tmp_path / "log.ndjson.gz"
    assert log("-q", "-s", small, "-o", path).returncode == 0
    subprocess.run(["gunzip", "-t", path], check=True)
    assert gzip.decompress(path.read_bytes()).decode() == plain
    assert b"".join(members_of(path.read_bytes())).decode() == plain
    piped = log("-q", "-s", small, "-z9", text=False).stdout
    assert gzip.decompress(piped).decode() == plain


def test_gzip_members_hold_whole_moments(script, tmp_path):
    source = script("ticks 300\n" + "".join(f"row slab cache-{i} Recl diff=1+{i} bytes=64+{i * 64}\n" for i in range(200)))
    for path in (tmp_path / "log.csv.gz", tmp_path / "log.ndjson.gz"):
        log("-q", "-s", source, "-o", path)
        members = list(members_of(path.read_bytes()))
        assert len(members) > 1
        moments = [{line.split(b",")[1] for line in member.splitlines() if not line.startswith(b"time,")}
                   for member in members]
        for before, after in zip(moments, moments[1:]):
            assert not before & after
        assert report(path)["input"]["snapshots"] == 300


def test_jq_reads_the_ndjson(small):
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    text = log("-q", "-s", small).stdout
    result = subprocess.run(["jq", "-s", '[.[] | select(.tag == "dentry") | .bytes] | add'], input=text,
                            capture_output=True, text=True, check=True)
    assert int(result.stdout) == sum(192000 + 1920 * i for i in range(20))


def test_sqlite_agrees_with_the_report(small, tmp_path):
    path = tmp_path / "all.csv"
    log("-q", "-s", small, "-o", path)
    database = sqlite3.connect(":memory:")
    database.executescript((ROOT / "schemas/log.sql").read_text())
    with open(path) as file:
        rows = [[value if value != "" else None for value in row] for row in csv.reader(file)][1:]
    database.executemany(f"INSERT INTO log VALUES ({','.join('?' * 12)})", rows)
    found = {(pool, tag, type or None): rest for pool, tag, type, *rest in
             database.execute("SELECT pool, tag, type, samples, min_bytes, max_bytes, slope_bytes_per_hour FROM slopes")}
    findings = report(path)["findings"]
    assert len(findings) == len(found) == 3
    for finding in findings:
        samples, least, most, slope = found[finding["pool"], finding["tag"], finding.get("type")]
        assert (samples, least, most) == (finding["samples"], finding["min_bytes"], finding["max_bytes"])
        assert slope == pytest.approx(finding["slope_bytes_per_hour"], rel=1e-9, abs=1e-6)


def test_a_scripted_recording_is_the_same_every_time(script):
    source = script(SMALL)
    assert log("-q", "-s", source).stdout == log("-q", "-s", source).stdout


def test_what_powershell_redirects_is_read_as_what_was_written(tmp_path, script):
    source = script("host h\nticks 3\nrow slab x Recl bytes=64+64\nmark 1 caf\u00e9\n")
    for name in ("csv", "ndjson"):
        plain, wide = tmp_path / f"a.{name}", tmp_path / f"wide.{name}"
        assert log("-q", "-s", source, "-o", plain).returncode == 0
        written = plain.read_bytes().decode("cp437")  # as which it takes the bytes
        for encoding in ("utf-16-le", "utf-16-be"):
            wide.write_bytes(("\ufeff" + written).encode(encoding))
            for file in (wide, tmp_path / f"{encoding}.gz"):
                if file != wide:
                    file.write_bytes(gzip.compress(wide.read_bytes()))
                found = analyze("convert", "--to", "ndjson", "--strict", file)
                assert found.returncode == 0, found.stderr
                assert found.stdout == analyze("convert", "--to", "ndjson", plain).stdout
        before = wide.read_bytes()
        refused = log("-q", "-s", source, "-o", wide)
        assert refused.returncode == 3 and "is UTF-16" in refused.stderr and wide.read_bytes() == before

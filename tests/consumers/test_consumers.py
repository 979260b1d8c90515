# SPDX-License-Identifier: MIT
"""Programs of others read what ours wrote: a spreadsheet, and two databases, which agree with the report."""
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest
from harness import ROOT, analyze, report, rows_of

LOGS = ROOT / "tests/logs"
NODE_MODULES = os.environ.get("POOLMON_NODE_MODULES")
SHEET = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


# the pools up to a reboot: what is left of two boots in one line is no slope
@pytest.fixture(scope="module", params=[("good-pools.csv", "--until", "2026-02-01 00:06:39"),
                                        ("good-socket-leak.ndjson.gz",)], ids=lambda words: words[0])
def logs(request, tmp_path_factory):
    """A recording in both formats, and what the report says of it."""
    directory = tmp_path_factory.mktemp("logs")
    name, *words = request.param
    for to in ("all.csv", "all.ndjson", "all.csv.gz", "all.ndjson.gz"):
        assert analyze("convert", *words, LOGS / name, "-o", directory / to).returncode == 0
    return directory, report(*words, LOGS / name)["findings"]


def agree(findings, series):
    """series: (pool, tag, type): [samples, least, most, slope]."""
    assert len(findings) > 3 and len(series) == len(findings)
    compared = 0
    for finding in findings:
        samples, least, most, slope = series[finding["pool"], finding["tag"], finding.get("type", "")]
        assert (samples, least, most) == (finding["samples"], finding["min_bytes"], finding["max_bytes"]), finding
        if finding["epochs"] == 1:  # nor of two lives of a driver
            scale = max(most, 1)  # bytes an hour: what is left of a flat line's slope in floating point
            assert slope == pytest.approx(finding["slope_bytes_per_hour"], rel=1e-6, abs=1e-6 * scale)
            compared += 1
    assert compared > 3


# ---- databases ----

@pytest.mark.skipif(NODE_MODULES is None, reason="DuckDB is not installed")
@pytest.mark.parametrize("name", ["all.csv", "all.ndjson", "all.csv.gz", "all.ndjson.gz"])
def test_duckdb_agrees_with_the_report(logs, name):
    directory, findings = logs
    result = subprocess.run(["node", pathlib.Path(__file__).with_name("read-with-duckdb.cjs"), directory / name],
                            cwd=pathlib.Path(NODE_MODULES).parent, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["types"]["time"] == "TIMESTAMP" and answer["types"]["uptime_s"] == "DOUBLE"
    assert {answer["types"][column] for column in ("diff", "bytes", "per_alloc")} <= {"BIGINT", "UBIGINT"}
    agree(findings, {(row["pool"], row["tag"], row["type"] or ""):
                     (row["samples"], int(row["least"]), int(row["most"]), row["slope"]) for row in answer["series"]})


def sqlite(database, *statements, script=None):
    result = subprocess.run(["sqlite3", database, *statements], capture_output=True, text=True, input=script)
    assert result.returncode == 0 and not result.stderr, result.stderr
    return result.stdout


def series_of(database):
    rows = json.loads(sqlite(database, ".mode json", "SELECT * FROM slopes"))
    return {(row["pool"], row["tag"], row["type"] or ""):
            (row["samples"], row["min_bytes"], row["max_bytes"], row["slope_bytes_per_hour"]) for row in rows}


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")
def test_sqlite_loads_csv_as_the_schema_says_and_agrees(logs, tmp_path):
    directory, findings = logs
    text = (ROOT / "schemas/log.sql").read_text()
    database = tmp_path / "log.db"
    sqlite(database, script=text)
    load = re.search(r"'(\.import .*) all\.csv log'", text)[1]
    sqlite(database, f"{load} {directory}/all.csv log")
    update = re.search(r"^--   (UPDATE .*?;)", text, re.M | re.S)[1].replace("\n--", "\n")
    sqlite(database, update)
    agree(findings, series_of(database))


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")
def test_sqlite_reads_ndjson_and_agrees(logs, tmp_path):
    directory, findings = logs
    database = tmp_path / "log.db"
    sqlite(database, script=(ROOT / "schemas/log.sql").read_text())
    names = ("time", "uptime_s", "pool", "tag", "type", "allocs", "frees", "diff", "bytes", "per_alloc", "footprint",
             "note")
    # one line is one value of a table of one column: no line holds the separator
    sqlite(database, script="CREATE TABLE line(text);\n.mode ascii\n.separator \"\\t\" \"\\n\"\n"
           f".import {directory}/all.ndjson line\nINSERT INTO log SELECT "
           + ", ".join(f"text ->> '$.{name}'" for name in names) + " FROM line;\n")
    agree(findings, series_of(database))


# ---- a spreadsheet ----

def cells_of(path):
    """Cells of the first sheet by name ("A2"): number or text, and the number format they are shown in."""
    with zipfile.ZipFile(path) as book:
        strings = ["".join(text.text or "" for text in item.iter(f"{{{SHEET['s']}}}t"))
                   for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).findall("s:si", SHEET)]
        styles = ElementTree.fromstring(book.read("xl/styles.xml"))
        formats = {item.get("numFmtId"): item.get("formatCode") for item in styles.iter(f"{{{SHEET['s']}}}numFmt")}
        used = [formats.get(item.get("numFmtId"), item.get("numFmtId"))
                for item in styles.find("s:cellXfs", SHEET).findall("s:xf", SHEET)]
        for cell in ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(f"{{{SHEET['s']}}}c"):
            value = cell.find("s:v", SHEET)
            if value is not None:
                content = strings[int(value.text)] if cell.get("t") == "s" else float(value.text)
                yield cell.get("r"), content, used[int(cell.get("s"))]


@pytest.mark.skipif(shutil.which("libreoffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_takes_times_for_times_and_numbers_for_numbers(logs, tmp_path):
    directory, _ = logs
    manual = (ROOT / "src/programs/poolmon-log/poolmon-log.5").read_text()
    words = re.search(r"^\.Dl (libreoffice .* all\.csv)$", manual, re.M)[1].replace("\\-", "-").split()
    shutil.copy(directory / "all.csv", tmp_path)
    subprocess.run([word.strip("'") for word in words], cwd=tmp_path, check=True, capture_output=True,
                   env={**os.environ, "HOME": str(tmp_path)}, timeout=300)
    rows = rows_of((directory / "all.ndjson").read_text())
    columns = ("time", "uptime_s", "pool", "tag", "type", "allocs", "frees", "diff", "bytes", "per_alloc", "footprint",
               "note")
    wrong = []
    n_cells = n_times = 0
    for name, content, shown_as in cells_of(tmp_path / "all.xlsx"):
        column, line = columns[ord(name[0]) - ord("A")], int(name[1:])
        n_cells += 1
        if line == 1:
            good = content == column
        elif column == "time":
            # days since 1899-12-30, to the millisecond, and shown as a date with its time
            then = datetime.datetime.fromisoformat(rows[line - 2]["time"].removesuffix("Z"))
            good = isinstance(content, float) and re.search(r"y.*m.*d.*h.*m.*s", shown_as, re.I) and \
                abs(content * 86400 - (then - datetime.datetime(1899, 12, 30)).total_seconds()) < 0.001
            n_times += 1
        else:
            value = rows[line - 2][column]
            good = content == value
        if not good:
            wrong.append((name, content, shown_as))
    assert not wrong, wrong[:10]
    assert n_times == len(rows) and n_cells == len(columns) + sum(map(len, rows))

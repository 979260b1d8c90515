# SPDX-License-Identifier: MIT
"""What the reader makes of bad input: a message that says what, where and what to do; an exit code; no crash."""
import gzip
import json
import os
import re
import shutil
import subprocess

import pytest
from harness import PROGRAMS, analyze, checked, command, log, report

T = '"time":"2026-01-01T00:00:0%d.000Z","uptime_s":10%d.0'
HEADER = "time,uptime_s,pool,tag,type,diff,bytes\n"


def row(second, rest='"pool":"slab","tag":"x","bytes":64'):
    return "{" + T % (second, second) + "," + rest + "}\n"


def line(second, rest="slab,x,Recl,1,64"):
    return f"2026-01-01 00:00:0{second}.000,10{second}.000,{rest}\n"


GOOD = row(1) + row(2) + row(3)
GOOD_CSV = HEADER + line(1) + line(2) + line(3)

# name of the kind: content with one bad line, what the message says, the line's number, and what it points to
DAMAGED = {
    "syntax": (row(1) + "garbage\n" + row(2) + row(3), "not a row of this format", 2, "garbage"),
    "syntax in csv": (HEADER + line(1) + line(2, 'slab,"x,Recl,1,64') + line(2) + line(3), "not a row", 3, '"x,'),
    "torn-line": (GOOD + '{"time":"2026-01', "does not end in a newline", 4, None),
    "nul-bytes": (row(1) + "\0" * 40 + "\n" + row(2) + row(3), "holds NUL bytes", 2, "\0"),
    "nul-bytes in csv": (HEADER + line(1) + line(2, "slab,x\0,Recl,1,64") + line(2) + line(3), "NUL bytes", 3, "\0"),
    "encoding": (HEADER.replace("bytes", "bytes,note") + line(1, "slab,x,Recl,1,64,") + line(2, "event,mark,,,,\udcff\udcfe") +
                 line(2, "slab,x,Recl,1,64,") + line(3, "slab,x,Recl,1,64,"), "not UTF-8", 3, "\udcff"),
    "long-line": (row(1) + "x" * 70000 + "\n" + row(2) + row(3), "longer than 64 KiB", 2, None),
    "out-of-range": (row(1) + row(2, '"pool":"slab","tag":"x","bytes":18446744073709551616') + row(2) + row(3),
                     "beyond 64 bits", 2, "18446744073709551616"),
    "negative-number": (row(1) + row(2, '"pool":"slab","tag":"x","bytes":-5') + row(2) + row(3), "negative", 2, "-5"),
    "exponent": (row(1) + row(2, '"pool":"slab","tag":"x","bytes":1e3') + row(2) + row(3), "exponent", 2, "1e3"),
    "fraction": (row(1) + row(2, '"pool":"slab","tag":"x","bytes":1.5') + row(2) + row(3), "fraction", 2, "1.5"),
    "leading-zero": (row(1) + row(2, '"pool":"slab","tag":"x","bytes":064') + row(2) + row(3), "leading zeros", 2, "064"),
    "negative-number in csv": (HEADER + line(1) + line(2, "slab,x,Recl,1,-64") + line(2) + line(3), "negative", 3, "-64"),
    "unknown-pool": (row(1) + row(2, '"pool":"pond","tag":"x","bytes":6') + row(2) + row(3), "no pool", 2, 'pond'),
    "unknown-type": (row(1) + row(2, '"pool":"slab","tag":"x","type":"Odd","bytes":6') + row(2) + row(3), "no type",
                     2, 'Odd'),
    "bad-time": (row(1) + row(2).replace("00:00:02", "25:00:02") + row(2) + row(3), "not a time", 2, "2026"),
    "missing-field": (row(1) + row(2, '"pool":"slab","bytes":6') + row(2) + row(3), "required field is empty", 2, None),
    "wrong-type": (row(1) + row(2, '"pool":"slab","tag":"x","bytes":"64"') + row(2) + row(3), "a text for a number",
                   2, '"64"'),
    "repeated-field": (row(1) + row(2, '"pool":"slab","tag":"x","bytes":64,"bytes":65') + row(2) + row(3), "twice",
                       2, "65"),
    "no-values": (row(1) + row(2, '"pool":"slab","tag":"x"') + row(2) + row(3), "without a single number", 2, None),
    "columns": (HEADER + line(1) + line(2, "slab,x,Recl,1") + line(2) + line(3), "more or fewer columns", 3, None),
    "long-tag": (row(1) + row(2, '"pool":"slab","tag":"' + "x" * 600 + '","bytes":6') + row(2) + row(3),
                 "longer than 511 bytes", 2, "xxx"),
    "backwards": (row(1) + row(2) + row(1, '"pool":"slab","tag":"y","bytes":6') + row(3),
                  "earlier than the row before", 3, None),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_told_and_the_rest_is_used(tmp_path, name):
    content, message, number, token = DAMAGED[name]
    kind = name.split(" ")[0]
    place = str(number)
    if token is not None:
        place += f":{content.splitlines()[number - 1].index(token) + 1}"
    path = tmp_path / "log"
    path.write_text(content, errors="surrogateescape")
    result = analyze("report", "--format", "json", "--all", path)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    findings = [finding for finding in document["findings"] if finding["tag"] == "x"]
    assert findings[0]["samples"] == 3
    assert {reject["kind"] for reject in document["rejects"]} == {kind}
    assert document["input"]["rejected"] == 1
    assert result.stderr.startswith(f"poolmon-analyze: {path}:{place}: "), result.stderr
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1

    strict = analyze("report", "--strict", path)
    assert strict.returncode == 3 and strict.stdout == "" and "--strict" in strict.stderr
    validated = analyze("validate", path)
    assert validated.returncode == 3 and kind in validated.stdout
    assert analyze("report", "-q", path).stderr == ""


def test_only_the_first_lines_of_a_kind_are_shown_and_all_are_counted(tmp_path):
    path = tmp_path / "log"
    path.write_text(row(1) + "junk\n" * 1000 + row(2, '"pool":"slab","tag":"x","bytes":-1') + row(2))
    result = analyze("report", "--format", "json", path)
    assert json.loads(result.stdout)["input"]["rejected"] == 1001
    assert result.stderr.count("not a row of this format") == 3
    assert "and 997 more lines of this kind (syntax)" in result.stderr
    assert result.stderr.count("negative") == 1


# content, what the message says
REFUSED = {
    "an empty file": (b"", "the file is empty"),
    "text": (b"Dear diary,\ntoday I\n", 'not a poolmon log (it begins with "Dear diary,\\x0Atoday I'),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not a poolmon log"),
    "zeros": (b"\0" * 100000, "not a poolmon log"),
    "an empty gzip file": (gzip.compress(b""), "the file is empty"),
    "gzipped text": (gzip.compress(b"Dear diary"), "not a poolmon log"),
    "gzip of nothing else": (b"\x1f\x8b", "the gzip data ends too early"),
    "csv of something else": (b"name,age\nx,5\n", "not a poolmon log"),
    "csv without a column": (b"time,uptime_s,tag,bytes\n2026-01-01 00:00:00,1,x,5\n", "lacks the column 'pool'"),
    "csv with a column twice": (b"time,uptime_s,pool,tag,bytes,bytes\n", "repeats the column 'bytes'"),
    "csv with semicolons": (b"time;uptime_s;pool;tag;bytes\n", "not a poolmon log"),
    "a header and no row": (HEADER.encode(), "not one row with numbers"),
    "rejected lines only": (b'{"a":1}\n{"b":2}\n', "not one row with numbers"),
    "events only": (b'{"time":"2026-01-01T00:00:00Z","uptime_s":1,"pool":"event","tag":"start"}\n', "not one row"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_log_is_refused(tmp_path, name):
    content, message = REFUSED[name]
    path = tmp_path / "log"
    path.write_bytes(content)
    for words in (["report"], ["convert", "--to", "csv"]):
        result = analyze(*words, path)
        if name == "events only" and words[0] == "convert":
            assert result.returncode == 0
            continue
        assert result.returncode == 3, result.stderr
        assert result.stdout == ""
        if words[0] == "report":
            assert message in result.stderr and str(path) in result.stderr


def test_a_missing_file_is_told():
    result = analyze("report", "no/such/log")
    assert result.returncode == 4
    assert "no/such/log" in result.stderr and "No such file" in result.stderr and "; name a log" in result.stderr


def test_info_shows_why_it_refuses(tmp_path):
    path = tmp_path / "log"
    path.write_text('{"a":1}\n')
    result = analyze("info", path)
    assert result.returncode == 3 and "missing-field" in result.stdout
    path.write_text(GOOD)
    assert analyze("info", path).returncode == 0


@pytest.mark.parametrize("words", [["report", "--fail-on", "leak"], ["report", "--format", "json"]])
def test_patterns_that_leave_no_tag_do_not_pass(tmp_path, words):
    path = tmp_path / "log"
    totals = row(1, '"pool":"memory","tag":"Total","bytes":5')
    path.write_text(totals + row(1, '"pool":"slab","tag":"x","bytes":1'))
    for pattern in ("--include=kmaloc-*", "--exclude=x"):
        result = analyze(*words, pattern, path)
        assert result.returncode == 3 and result.stdout == "", pattern
        assert re.search(r"(no tag|nothing) is left: .*--include", result.stderr)
    assert analyze(*words, "--include=x", path).returncode == 0
    path.write_text(totals)  # where pools could not be read
    assert analyze(*words, path).returncode == 0


@pytest.mark.parametrize("words", [["report"], ["info"], ["validate"], ["convert", "--to=csv"]])
def test_output_that_cant_be_written_is_told(tmp_path, words):
    path = tmp_path / "log"
    path.write_text(GOOD)
    for output, message in ((tmp_path / "none/out", "No such file or directory; is its folder there?"),
                            (tmp_path, "Is a directory; name a file in it"), ("/dev/full", "No space left on device")):
        result = analyze(*words, path, "-o", output)
        assert result.returncode == 4 and result.stdout == ""
        assert result.stderr.startswith(f"poolmon-analyze: {output}: can't be ") and message in result.stderr
    assert sorted(part.name for part in tmp_path.iterdir()) == ["log"]


def test_an_unreadable_file_is_told(tmp_path):
    path = tmp_path / "log"
    path.write_text(GOOD)
    path.chmod(0)
    words = command("poolmon-analyze", "report", path)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed")
        for part in [tmp_path, *tmp_path.parents][:-2]:
            part.chmod(part.stat().st_mode | 0o055)
        shutil.copy(PROGRAMS / "poolmon-analyze", tmp_path / "program")
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", tmp_path / "program", "report", path]
    result = checked(subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL))
    assert result.returncode == 4
    assert str(path) in result.stderr and "Permission denied" in result.stderr and "root" in result.stderr


def test_directories(tmp_path):
    assert "the directory holds no log" in analyze("report", tmp_path).stderr
    assert analyze("report", tmp_path).returncode == 3
    (tmp_path / "notes.txt").write_text("Dear diary\n")
    result = analyze("report", tmp_path)
    assert result.returncode == 3 and "none of the files" in result.stderr and "notes.txt" in result.stderr
    (tmp_path / "a").write_text(GOOD)
    (tmp_path / ".hidden").write_text(row(4))
    (tmp_path / "below").mkdir()
    (tmp_path / "below/b").write_text(row(4))
    (tmp_path / "empty").write_text("")
    result = analyze("report", "--format", "json", tmp_path)
    assert result.returncode == 0
    assert f"{tmp_path}/notes.txt: left out: not a poolmon log" in result.stderr
    assert f"{tmp_path}/empty: left out: the file is empty" in result.stderr
    document = json.loads(result.stdout)
    assert document["input"]["rows"] == 3
    assert [file["path"] for file in document["files"] if "skipped" in file] == \
        [f"{tmp_path}/empty", f"{tmp_path}/notes.txt"]


@pytest.mark.parametrize("make", ["truncated", "garbage", "corrupt"])
def test_damaged_gzip_is_told_and_what_comes_before_is_used(tmp_path, make):
    content = "".join(f'{{"time":"2026-01-01T00:{i // 60:02}:{i % 60:02}.000Z","uptime_s":{i}.000,"pool":"slab",'
                      f'"tag":"x","bytes":{i * i * 7919 % 104729}}}\n' for i in range(1, 2000))
    data = gzip.compress(content.encode())
    path = tmp_path / "log.gz"
    path.write_bytes({"truncated": data[:-1000], "garbage": data + b"and so on",
                      "corrupt": data[:-1500] + bytes(255 - b for b in data[-1500:-1400]) + data[-1400:]}[make])
    result = analyze("report", "--format", "json", path)
    assert result.returncode == 0
    document = json.loads(result.stdout)
    # damaged bytes may inflate to something before it shows
    kinds = {reject["kind"] for reject in document["rejects"]}
    assert f"gzip-{make}" in kinds if make == "corrupt" else kinds == {f"gzip-{make}"}
    assert re.search(rf"{path}: (the gzip data|something that is not gzip).*, at byte \d+", result.stderr)
    assert sum(finding["samples"] for finding in document["findings"]) > 1000
    if make == "garbage":
        assert document["findings"][0]["samples"] == 1999
        assert document["rejects"][0]["offset"] == len(data)
    assert analyze("report", "--strict", path).returncode == 3


def test_a_line_of_a_gigabyte_takes_no_memory(tmp_path):
    path = tmp_path / "log"
    with open(path, "wb") as file:
        file.write(row(1).encode())
        file.truncate(2**30 + len(row(1)))
        file.seek(0, 2)
        file.write(b"\n" + row(2).encode())
    sanitized = any(mark in (PROGRAMS / "poolmon-analyze").read_bytes() for mark in (b"__asan_init", b"__tsan_init"))
    limit = [] if sanitized else ["prlimit", f"--as={64 * 2**20}"]
    result = checked(subprocess.run([*limit, *command("poolmon-analyze", "report", "-j", "2", path)],
                                    capture_output=True, text=True, stdin=subprocess.DEVNULL))
    assert result.returncode == 0, result.stderr
    assert f"{path}:2: the line is longer than 64 KiB" in result.stderr


def test_mixed_hosts_are_told_and_kept_apart(script, tmp_path):
    for host, start in (("north", 1000), ("south", 5)):
        log("-q", "-s", script(f"host {host}\nboot {host}-1\nticks 40\nrow slab x Recl diff={start}+1 bytes={start}+64\n"),
            "-o", tmp_path / f"{host}.ndjson")
    result = analyze("report", tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("2 hosts, each judged on its own")
    assert re.search(r"^ *1 +leak +0\.9\d +(north|south) ", result.stdout, re.M)
    document = report(tmp_path)
    assert [host["host"] for host in document["hosts"]] == ["north", "south"]
    assert [(f["host"], f["samples"], f["first_bytes"]) for f in document["findings"]] == \
        [("north", 40, 1000), ("south", 40, 5)]


@pytest.mark.parametrize("words, message", [
    ([], "which command"), (["frobnicate"], "no command 'frobnicate'"), (["report"], "which log"),
    (["report", "--nosuch", "x"], "unknown option '--nosuch'"), (["report", "--formt", "json", "x"], "'--format'"),
    (["report", "--format", "xml", "x"], "no format 'xml'"), (["report", "--top", "0", "x"], "from 1"),
    (["report", "--top", "99999999999999999999", "x"], "--top: '99999999999999999999' is too large; the most is "),
    (["report", "--memory", "99999999999G", "x"], "'99999999999G' is too large"),
    (["report", "--fail-on", "stable", "x"], "neither leak nor probable"), (["report", "-j", "0", "x"], "from 1"),
    (["report", "--since", "yesterday", "x"], "is no time"), (["report", "--until", "2026-02-30", "x"], "is no time"),
    (["report", "--since", "2026-02-01", "--until", "2026-01-01", "x"], "earlier than"),
    (["convert", "x"], "to which format"), (["convert", "--to", "xml", "x"], "neither ndjson nor csv"),
    (["convert", "--to"], "needs an argument"), (["convert", "-f", "xml", "x"], "--format: 'xml' is neither"),
    (["report", "--tpo", "3", "x"], "did you mean '--top'?"), (["diff", "x", "y", "--topp=3"], "did you mean '--top'?"),
    (["info", "--fromat=csv", "x"], "did you mean '--format'?"), (["diff", "x"], "compared with what"),
    (["validate", "-Z", "x"], "unknown option '-Z'")])
def test_wrong_usage_is_told(words, message):
    result = analyze(*words)
    assert result.returncode == 2
    assert message in result.stderr and result.stdout == ""
    asked = "poolmon-analyze " + (words[0] + " " if words[:1] not in ([], ["frobnicate"]) else "")
    assert f"'{asked}--help' tells what there is" in result.stderr


def test_an_output_that_can_not_be_written_is_told(tmp_path):
    path = tmp_path / "log"
    path.write_text(GOOD)
    with open("/dev/full", "w") as full:
        for words in (["report"], ["convert", "--to", "csv"]):
            result = checked(subprocess.run(command("poolmon-analyze", *words, path), stdout=full,
                                            stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL))
            assert result.returncode == 4 and "standard output: can't be written: No space" in result.stderr
    result = analyze("convert", "--to", "csv", path, "-o", "/no/such/place/x.csv")
    assert result.returncode == 4 and "/no/such/place" in result.stderr
    result = analyze("convert", "--to", "csv", path, "-o", path)
    assert result.returncode == 2 and path.read_text() == GOOD


def test_a_failed_conversion_leaves_the_old_file_alone(tmp_path):
    path, out = tmp_path / "log", tmp_path / "out.csv"
    path.write_text(GOOD + "junk\n")
    out.write_text("what was there")
    result = analyze("convert", "--to", "csv", "--strict", path, "-o", out)
    assert result.returncode == 3
    assert out.read_text() == "what was there"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "out.csv"]
    assert analyze("convert", "--to", "csv", path, "-o", out).returncode == 0
    assert out.read_text().startswith("time,uptime_s")


def test_random_bytes_never_crash_the_reader(tmp_path):
    import random

    random.seed(7)
    good = (GOOD_CSV + GOOD).encode()
    path = tmp_path / "log"
    for i in range(60):
        data = bytearray(good if i % 2 else gzip.compress(good))
        for _ in range(random.randrange(1, 30)):
            data[random.randrange(len(data))] = random.randrange(256)
        path.write_bytes(bytes(data))
        result = analyze("report", "--format", "json", path)
        assert result.returncode in (0, 3)
        assert result.returncode == 0 or result.stderr != ""

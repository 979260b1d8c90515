# SPDX-License-Identifier: MIT
"""JUnit XML and GitHub annotations: valid for those who read them, whatever the names hold."""
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from harness import ROOT, analyze, log

LOGS = ROOT / "tests" / "logs"
SCHEMA = ROOT / "tests" / "cli" / "junit.xsd"
SCRIPT = """
host north
kernel 6.12.1
ticks 60
row slab steady Recl diff=5000 bytes=640000
row slab leak Unrecl diff=100+3 bytes=6400+192
row system A%:<\\x26\\x2C\\x00\\xFF"]]> Nonp diff=100+2 bytes=6400+128
row session:2 Gdi1 Paged diff=10+1 bytes=640+64
"""


@pytest.fixture
def path(script, tmp_path):
    log("-q", "-s", script(SCRIPT), "-o", tmp_path / "a.ndjson")
    return tmp_path / "a.ndjson"


def junit(*args, status=None):
    """The parsed document, after the schema has been held against it."""
    result = analyze(args[0], "--format", "junit", *args[1:])
    assert status is None or result.returncode == status, result.stderr
    if shutil.which("xmllint"):
        checked = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, "-"], input=result.stdout, text=True,
                                 capture_output=True)
        assert checked.returncode == 0, checked.stderr
    suites = ET.fromstring(result.stdout)
    suite = suites[0]
    cases = suite.findall("testcase")
    for element in (suites, suite):
        assert int(element.get("tests")) == len(cases)
        assert int(element.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    return suite, {(case.get("classname"), case.get("name")): case for case in cases}


def test_xmllint_is_there_to_check():
    if shutil.which("xmllint") is None:
        pytest.skip("libxml2-utils is not installed")
    bad = '<testsuites><testsuite name="x" tests="1" failures="0" errors="0"><testcase name="y"/></testsuite></testsuites>'
    result = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, "-"], input=bad, text=True, capture_output=True)
    assert result.returncode != 0 and "classname" in result.stderr


def test_junit_has_a_case_for_each_tag_that_a_rule_looked_at(tmp_path, path):
    known = tmp_path / "known"
    known.write_text("slab/leak ticket 12 & <more>\n")
    suite, cases = junit("report", "--fail-on", "leak", "--suppress", known, path, status=1)
    assert len(cases) == 4
    assert len(cases["slab", "steady Recl"]) == 0
    assert cases["slab", "leak Unrecl"].find("skipped").get("message").endswith("known:1: ticket 12 & <more>")
    failure = cases["session:2", "Gdi1 Paged"].find("failure")
    assert failure.get("type") == "leak" and failure.get("message") == "verdict leak"
    assert failure.text.startswith("rose in 59 of 59 steps and never fell; ") and "\nNow: 4.3 KiB\n" in failure.text
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties["host"] == "north" and properties["kernel"] == "6.12.1" and properties["span"] == "59 s"
    assert suite.get("timestamp") == "2026-01-01T00:00:59" and suite.get("time") == "59.000"
    assert set(junit("report", "--budget", "leak<=1GiB/h", path, status=0)[1]) == {("slab", "leak Unrecl")}
    assert len(junit("report", "--fail-on", "leak", "--top", "1", path, status=1)[1]) == 3, "what fails is always there"


def test_names_of_any_bytes_are_valid_xml(tmp_path, script):
    names = [f"\\x{byte:02X}" for byte in range(256)] + ["\\xEF\\xBF\\xBE", "\\xEF\\xBF\\xBF", "\\xED\\xA0\\x80", "&lt;", "<!--"]
    lines = "".join(f"row slab x{name}y - bytes=640+64\n" for name in names)
    path = tmp_path / "a"
    log("-q", "-s", script("ticks 20\nhost <&\"'>\nkernel \\x01]]>\n" + lines), "-o", path)
    known = tmp_path / "known"
    known.write_bytes(b"x*y \x01\x1b[31m\xef\xbf\xbe<&>\"'\xc2\x80 why\n")
    _, cases = junit("report", "--fail-on", "leak", path, status=1)
    assert len(cases) == len(names)
    _, cases = junit("report", "--fail-on", "leak", "--suppress", known, path, status=0)
    message = next(iter(cases.values())).find("skipped").get("message")
    assert message.endswith(": \\x01\\x1B[31m\ufffd<&>\"'\x80 why")


def test_unsure_and_known_pass_and_say_so(tmp_path, path):
    base = tmp_path / "base.json"
    base.write_text(analyze("report", "-f", "json", "--all", path).stdout)
    _, cases = junit("report", "--fail-on", "leak", "--baseline", base, path, status=0)
    assert cases["slab", "leak Unrecl"].find("skipped").get("message").endswith(f", as in {base}")
    short = tmp_path / "short"
    short.write_text("".join(path.read_text().splitlines(keepends=True)[:9]))
    _, cases = junit("report", "--budget", "leak<=1B/h", short, status=0)
    assert "too few to be sure" in cases["slab", "leak Unrecl"].find("system-out").text


def test_several_hosts_are_kept_apart(tmp_path, script, path):
    log("-q", "-s", script(SCRIPT.replace("host north", "host south")), "-o", tmp_path / "b.ndjson")
    _, cases = junit("report", "--fail-on", "leak", path, tmp_path / "b.ndjson", status=1)
    assert {("slab on north", "leak Unrecl"), ("slab on south", "leak Unrecl")} < set(cases)


def test_without_rules_there_is_nothing_to_fail_and_that_is_told(path):
    for name in ("junit", "github"):
        result = analyze("report", "--format", name, path)
        assert result.returncode == 0
        assert f"nothing can fail, so --format {name} has no results: give --fail-on or --budget" in result.stderr
    assert junit("report", path)[1] == {} and junit("info", path)[1] == {}


def test_validation_fails_once_for_each_kind(path):
    _, cases = junit("validate", LOGS / "bad-everything.ndjson", status=3)
    kinds = {name for _, name in cases}
    assert {"syntax", "nul-bytes", "encoding", "negative-number"} < kinds
    failure = cases["lines", "syntax"].find("failure")
    assert "bad-everything.ndjson:2:1: not a row of this format" in failure.get("message")
    assert failure.text.endswith("ndjson:2:1: garbage")
    _, cases = junit("validate", path, status=0)
    assert list(cases) == [("lines", "all can be read")]


# ---- GitHub ----


def unescape(text):
    return re.sub(r"%(0A|0D|25|3A|2C)", lambda match: chr(int(match.group(1), 16)), text)


def github(*args):
    result = analyze(args[0], "--format", "github", *args[1:])
    found = []
    for line in result.stdout.splitlines():
        command, title, message = re.fullmatch(r"::(error|warning|notice) title=([^:,]*)::(.*)", line).groups()
        assert not re.search(r"%(?!0A|0D|25|3A|2C)", title + message)
        found.append((command, unescape(title), unescape(message)))
    return found, result


def test_annotations_say_what_fails_and_nothing_else_is_written(tmp_path, path):
    known = tmp_path / "known"
    known.write_text("slab/leak 100 % sure, ticket: 12\n")
    found, result = github("report", "--fail-on", "leak", "--suppress", known, path)
    assert result.returncode == 1
    assert [(command, title) for command, title, _ in found] == [
        ("notice", "slab/leak Unrecl (suppressed)"), ("error", 'system/A%:<&\\x2C\\x00\\xFF\\x22]]> Nonp (fail)'),
        ("error", "session:2/Gdi1 Paged (fail)")]
    assert ": 100 % sure, ticket: 12\nrose in 59 of 59 steps" in found[0][2]
    assert "no step, no levelling off\n" in found[1][2] and "\nVerdict: leak\n" in found[1][2]


def test_nothing_to_say_is_nothing(path):
    for args in (("report", "--fail-on", "leak", "--include", "steady", path), ("validate", path), ("info", path)):
        found, result = github(*args)
        assert found == [] and result.stdout == "" and result.returncode == 0


def test_known_is_a_warning_and_bad_lines_are_errors(tmp_path, path):
    base = tmp_path / "base.json"
    base.write_text(analyze("report", "-f", "json", "--all", path).stdout)
    found, _ = github("report", "--fail-on", "leak", "--baseline", base, path)
    assert {command for command, *_ in found} == {"warning"} and len(found) == 3
    found, result = github("validate", LOGS / "bad-everything.ndjson")
    assert result.returncode == 3 and {command for command, *_ in found} == {"error"}
    assert any(title == "lines/syntax (fail)" for _, title, _ in found)


def test_names_can_not_make_commands(tmp_path, script):
    path = tmp_path / "a"
    log("-q", "-s", script("ticks 20\nhost x\\x0A::error::pwned\n"
                           "row slab \\x0A::error::pwned - bytes=640+64\nrow slab ::set-env,name=x:: - bytes=640+64\n"), "-o", path)
    known = tmp_path / "known"
    known.write_bytes(b"* \r::error::pwned %0A::error::\n")
    for options in ((), ("--suppress", known)):
        found, result = github("report", "--fail-on", "leak", *options, path)
        assert len(found) == 2 == len(result.stdout.splitlines())


def test_formats_are_listed_from_what_there_is():
    result = analyze("report", "--format", "pdf", "log")
    assert result.returncode == 2
    names = re.search(r"there is no format 'pdf', but (.*) and (\w+)", result.stderr)
    listed = names.group(1).split(", ") + [names.group(2)]
    assert {"text", "json", "junit", "github"} <= set(listed) and listed[0] == "text"
    helped = re.search(r"--format FORMAT +(.*?)\n +-o", analyze("report", "--help").stdout, re.S).group(1)
    for name in listed:
        assert re.search(rf"\b{name}\b", helped), name


def test_what_can_not_fail_does_not_offer_them():
    for command, offered in (("report", True), ("validate", True), ("info", False), ("diff", False)):
        text = " ".join(analyze(command, "--help").stdout.split())
        assert ("text, json, csv, markdown, html, junit or github;" in text) is offered
        assert ("text, json, csv, markdown or html;" in text) is not offered
    assert "but text, json, csv, markdown and html\n" in analyze("diff", "-f", "xml", "a", "b").stderr

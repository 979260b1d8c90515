# SPDX-License-Identifier: MIT
"""What fails a run: verdicts, budgets, suppressions, a baseline; and what wrong rules get to hear."""
import json
import random
import re

import pytest
from harness import ROOT, analyze, log

SCRIPT = """
host north
ticks 60
row slab steady Recl diff=5000 bytes=640000
row slab leak Unrecl diff=100+3 bytes=6400+192
row slab slow Unrecl diff=100+1 bytes=6400+64
row system Proc Nonp diff=100+2 bytes=6400+128
row system Proc Paged diff=100 bytes=6400
row session:2 Gdi1 Paged diff=10 bytes=640
"""


@pytest.fixture
def path(script, tmp_path):
    log("-q", "-s", script(SCRIPT), "-o", tmp_path / "a.ndjson")
    return tmp_path / "a.ndjson"


def gate(path, *options, status=None):
    """What the gate says of each tag, its reasons, and the summary."""
    result = analyze("report", "--format", "json", "--all", *options, path)
    document = json.loads(result.stdout)
    outcomes = {(f["tag"], f.get("type")): f["gate"] for f in document["findings"] if "gate" in f}
    assert result.returncode == (1 if "fail" in outcomes.values() else 0)
    reasons = {(f["tag"], f.get("type")): f["gate_reason"] for f in document["findings"] if "gate_reason" in f}
    assert {key for key, outcome in outcomes.items() if outcome != "pass"} == set(reasons)
    if status is not None:
        assert result.returncode == status
    return outcomes, reasons, document["summary"], result.stderr


def failing(path, *options):
    return {key for key, outcome in gate(path, *options)[0].items() if outcome == "fail"}


LEAKS = {("leak", "Unrecl"), ("slow", "Unrecl"), ("Proc", "Nonp")}


def test_without_rules_nothing_is_said_of_them(path):
    outcomes, reasons, summary, _ = gate(path, status=0)
    assert outcomes == reasons == {} and not any("rule" in sentence for sentence in summary)


def test_a_verdict_fails_and_all_are_counted_whatever_is_shown(path):
    outcomes, reasons, summary, stderr = gate(path, "--fail-on", "leak")
    assert {key for key, outcome in outcomes.items() if outcome == "fail"} == LEAKS
    assert len(outcomes) == 6 and set(outcomes.values()) == {"pass", "fail"} and stderr == ""
    assert reasons["slow", "Unrecl"] == "verdict leak"
    result = analyze("report", "--fail-on", "leak", "--top", "1", path)
    assert result.returncode == 1
    assert "The rules fail 3 of 6 tags: slab/leak, system/Proc, slab/slow." in result.stdout
    assert len(re.findall(r"^\d .*fail$", result.stdout, re.M)) == 3, "what fails is shown beyond --top"


@pytest.mark.parametrize("verdict", ["leaks", "LEAK", "stable", "", "leak,probable"])
def test_wrong_verdicts_are_usage_errors(path, verdict):
    result = analyze("report", "--fail-on", verdict, path)
    assert result.returncode == 2 and f"--fail-on: '{verdict}' is neither leak nor probable" in result.stderr


def test_a_verdict_fails_only_what_has_grown_by_as_much_as_is_said(path):
    least = ["--fail-on", "leak", "--min-growth"]  # leak grows by 59 * 192 bytes, Proc by 59 * 128, slow by 59 * 64
    assert failing(path, *least, "1B") == LEAKS
    assert failing(path, *least, f"{59 * 128}B") == {("leak", "Unrecl"), ("Proc", "Nonp")}
    assert failing(path, *least, f"{59 * 128 + 1}B") == {("leak", "Unrecl")}
    assert failing(path, *least, "1MiB") == set()
    assert failing(path, *least, "1MiB", "--budget", "slow<=1B/s") == {("slow", "Unrecl")}  # which holds for all


@pytest.mark.parametrize("words, told", [
    (["--fail-on", "leak", "--min-growth", "much"], "--min-growth: 'much' is no size"),
    (["--min-growth", "1MiB"], "--min-growth has nothing to let pass"),
])
def test_a_wrong_least_growth_is_a_usage_error(path, words, told):
    result = analyze("report", *words, path)
    assert result.returncode == 2 and told in result.stderr


# a budget, and what is over it: bytes of slow grow by 64 B/s = 225 KiB/h, objects by 1/s
@pytest.mark.parametrize("rule, over", [
    ("slow<=200KiB/h", {("slow", "Unrecl")}),
    ("slow<=225KiB/h", set()),
    ("slow <= 224.9 KiB / h", {("slow", "Unrecl")}),
    ("slow<=63B/s", {("slow", "Unrecl")}),
    ("slow<=65 B/s", set()),
    ("slow<=5MiB/d", {("slow", "Unrecl")}),
    ("slow<=3.7kB/min", {("slow", "Unrecl")}),
    ("slow<=3.8kB/min", set()),
    ("slow<=59 objects/min", {("slow", "Unrecl")}),
    ("slow<=1 object/s", set()),
    ("slow<=0.5objects/s", {("slow", "Unrecl")}),
    ("slow<=9KiB", {("slow", "Unrecl")}),
    ("slow<=10KiB", set()),
    ("slow<=158 objects", {("slow", "Unrecl")}),
    ("slow<=159 objects", set()),
    ("s*<=1B", {("slow", "Unrecl"), ("steady", "Recl")}),
    ("slab/*<=100B/s", {("leak", "Unrecl")}),
    ("system/*<=0B", {("Proc", "Nonp"), ("Proc", "Paged")}),
    ("Paged/*<=0B", {("Proc", "Paged"), ("Gdi1", "Paged")}),
    ("system/Paged/P???<=0B", {("Proc", "Paged")}),
    ("session:*/*<=0B", {("Gdi1", "Paged")}),
    ("session:2/Gdi*<=0B", {("Gdi1", "Paged")}),
    ("slow<=15EiB/s", set())])
def test_budgets(path, rule, over):
    assert failing(path, "--budget", rule) == over


def test_a_budget_looks_at_its_tags_only_and_fails_what_is_no_leak(path):
    outcomes, reasons, summary, _ = gate(path, "--budget", "steady<=500KiB", "--budget", "slow<=1GiB")
    assert outcomes == {("steady", "Recl"): "fail", ("slow", "Unrecl"): "pass"}
    assert reasons["steady", "Recl"] == "625 KiB is over the budget steady<=500KiB"
    assert "The rules fail 1 of 2 tags: slab/steady." in summary


def test_a_budget_without_a_tag_is_told(path):
    _, _, summary, stderr = gate(path, "--budget", "sloww<=1MiB/h", status=0)
    assert "sloww<=1MiB/h: this budget is for no tag in the log; is its pattern as you meant it?" in stderr
    assert "Rules of no use, or expired: sloww<=1MiB/h." in summary
    assert gate(path, "-q", "--budget", "sloww<=1MiB/h")[3] == ""


def test_strict_lets_no_budget_pass_that_is_for_no_tag(path):
    result = analyze("report", "-q", "--strict", "--budget", "sloww<=1MiB/h", path)
    assert result.returncode == 3 and "The rules look at no tag." in result.stdout
    assert "sloww<=1MiB/h: this budget is for no tag in the log" in result.stderr
    assert analyze("report", "-q", "--strict", "--budget", "slow<=1MiB/h", path).returncode == 0
    assert analyze("report", "--strict", "--fail-on", "leak", "--budget", "sloww<=1MiB/h", path).returncode == 1


def noisy(tmp_path, name, rise, noise=1000):
    """A tag that rises by `rise` bytes a second, give or take."""
    path = tmp_path / name
    chance = random.Random(7)
    path.write_text("".join(
        f'{{"time":"2026-01-01T00:00:{i:02}.000Z","uptime_s":{100 + i},"pool":"slab","tag":"x","bytes":'
        f'{100000 + rise * i + round(noise * chance.uniform(-5, 5))}}}\n' for i in range(60)))
    return path


def test_a_rate_fails_only_when_it_is_sure(tmp_path):
    path = noisy(tmp_path, "a", 100)
    finding = json.loads(analyze("report", "-f", "json", path).stdout)["findings"][0]
    slope = finding["slope_bytes_per_hour"] / 3600
    error = (slope - finding["slope_low"] / 3600) / 1.96
    assert 50 < slope < 150 and 5 < error < 60
    for factor, outcome in ((2.1, "fail"), (1.8, "unsure"), (0.1, "unsure"), (-0.1, "pass")):
        limit = round(slope - factor * error)
        outcomes, reasons, _, _ = gate(path, "--budget", f"x<={limit}B/s")
        assert outcomes == {("x", None): outcome}, factor
        assert ("but by no more than its uncertainty" in reasons.get(("x", None), "")) == (outcome == "unsure")


def test_rates_of_objects_have_their_own_uncertainty(tmp_path):
    path = tmp_path / "a"
    path.write_text(re.sub(r'"bytes":(\d+)', lambda m: f'"diff":{m[1]},"bytes":{int(m[1]) * 64}',
                           noisy(tmp_path, "b", 100).read_text()))
    finding = json.loads(analyze("report", "-f", "json", path).stdout)["findings"][0]
    assert finding["slope_objects_stderr"] == pytest.approx(finding["slope_stderr"] / 64)
    low = finding["slope_low"] / 64 / 3600  # bytes are 64 times the objects, and so is their interval
    assert gate(path, "--budget", f"x<={low * 1.05:.3f} objects/s")[0] == {("x", None): "unsure"}
    assert gate(path, "--budget", f"x<={low * 0.95:.3f} objects/s")[0] == {("x", None): "fail"}


def test_few_samples_are_never_sure(script, tmp_path):
    path = tmp_path / "a"
    log("-q", "-s", script("ticks 2\nrow slab x Recl bytes=64+64"), "-o", path)
    result = analyze("report", "--budget", "x<=1B/h", path)
    assert result.returncode == 0
    assert "Perhaps over a budget: slab/x." in result.stdout
    assert "but the samples are too few to be sure" in result.stdout
    assert analyze("report", "--budget", "x<=1B", path).returncode == 1, "the last sample is what it is"


@pytest.mark.parametrize("rule, place, wanted", [
    ("slow", 5, "'<=' behind the tag, but it ends"),
    ("slow<1MiB/h", 12, "'<=' behind the tag, but it ends"),
    ("<=1MiB/h", 1, "a tag or a pattern, but '<=1MiB/h'"),
    ("slab/<=1MiB/h", 6, "a tag or a pattern, but '<='"),
    ("slow<=", 7, "a number, but it ends"),
    ("slow<= fast", 8, "a number, but 'fast'"),
    ("slow<=-1MiB/h", 7, "a number, but '-1MiB/h'"),
    ("slow<=100/h", 10, "a unit: B, KiB, MiB, GiB or objects, but '/h'"),
    ("slow<=100", 10, "a unit: B, KiB, MiB, GiB or objects, but it ends"),
    ("slow<=1XiB/h", 7, "an amount like 1MiB or '100 objects', but '1XiB'"),
    ("slow<=1.2.3MiB", 7, "an amount like 1MiB or '100 objects', but '1.2.3MiB'"),
    ("slow<=99999999999999999999GiB", 7, "an amount that is not too large, but '99999999999999999999GiB'"),
    ("slow<=99999999999 GiB/h", 7, "an amount that is not too large, but '99999999999 GiB'"),
    ("slow<=99999999999999999999 objects/h", 7, "an amount that is not too large, but '99999999999999999999 objects'"),
    ("slow<=1MiB/year", 12, "/s, /min, /h or /d, but 'year'"),
    ("slow<=1MiB per h", 12, "/s, /min, /h or /d, but 'per h'"),
    ("slow<=1MiB/", 12, "/s, /min, /h or /d, but it ends")])
def test_wrong_budgets_are_usage_errors_that_name_the_place(path, rule, place, wanted):
    result = analyze("report", "--budget", rule, path)
    assert result.returncode == 2 and result.stdout == ""
    assert f"--budget: '{rule}': at character {place}: there should be {wanted}; write it like" in result.stderr


# ---- suppressions ----


def suppress(tmp_path, path, text, *options):
    file = tmp_path / "known.txt"
    if isinstance(text, bytes):
        file.write_bytes(text)
    else:
        file.write_text(text)
    return gate(path, "--fail-on", "leak", "--suppress", file, *options)


def test_a_suppression_lets_pass_and_is_told(tmp_path, path):
    outcomes, reasons, summary, stderr = suppress(
        tmp_path, path, "# known\n\n  slab/leak\ttill the next release, # 12\r\nsystem/Nonp/Pr* until=2026-01-01  ticket")
    assert outcomes["leak", "Unrecl"] == outcomes["Proc", "Nonp"] == "suppressed"
    assert outcomes["slow", "Unrecl"] == "fail" and stderr == ""
    assert reasons["leak", "Unrecl"].endswith(f"suppressed by {tmp_path}/known.txt:3: till the next release, # 12")
    assert reasons["Proc", "Nonp"].endswith("known.txt:4 until 2026-01-01: ticket")
    assert "Suppressed: slab/leak, system/Proc." in summary
    assert suppress(tmp_path, path, b"\xef\xbb\xbf* all of it\n")[0]["slow", "Unrecl"] == "suppressed"


@pytest.mark.parametrize("until, holds", [("2026-01-01", True), ("2025-12-31", False), ("9999-12-31", True)])
def test_expiry_is_held_against_the_end_of_the_recording(tmp_path, path, until, holds):
    outcomes, _, summary, stderr = suppress(tmp_path, path, f"* until={until} all\n")
    assert (outcomes["leak", "Unrecl"] == "suppressed") == holds
    assert (f"known.txt:1: the suppression of '*' ended with {until}, before the recording did; remove the line, "
            "or give it a later day" in stderr) != holds
    assert any("or expired" in sentence and "known.txt:1." in sentence for sentence in summary) != holds


def test_a_suppression_of_nothing_is_told_and_fails_nothing(tmp_path, path):
    _, _, summary, stderr = suppress(tmp_path, path, "slab/steady no leak at all\n*\tall\ngone gone\n")
    assert "known.txt:1: the suppression of 'slab/steady' suppresses nothing: no such tag breaks a rule" in stderr
    assert "known.txt:3: " in stderr and "known.txt:2" not in stderr
    assert any(sentence.endswith("known.txt:1, " + str(tmp_path) + "/known.txt:3.") for sentence in summary)


@pytest.mark.parametrize("line, column, message", [
    ("slab/leak", 10, "there is no reason why it may stay"),
    ("slab/leak until=2026-01-01", 27, "there is no reason why it may stay"),
    ("slab/leak until=tomorrow soon", 17, "behind until= there is no day YYYY-MM-DD ('tomorrow')"),
    ("slab/leak until=2026-02-30 soon", 17, "behind until= there is no day YYYY-MM-DD ('2026-02-30')"),
    ("slab/leak expires=2026-01-01 soon", 11, "no such setting, but until=, once, and the reason behind it ('expires="),
    ("slab/leak until=2026-01-01 until=2026-01-02 soon", 28, "no such setting, but until=, once"),
    ("slab/ why", 1, "this names a pool, but no tag ('slab/')"),
    ("slab/leak \x00\x00", 1, "not a line of text in UTF-8")])
def test_wrong_suppressions_are_told_with_their_place(tmp_path, path, line, column, message):
    file = tmp_path / "known.txt"
    file.write_text(f"# one\n* all\n{line}\n")
    result = analyze("report", "--fail-on", "leak", "--suppress", file, path)
    assert result.returncode == 3 and result.stdout == ""
    assert result.stderr.startswith(f"poolmon-analyze: {file}:3:{column}: ") and message in result.stderr
    assert "write a line like" in result.stderr


def test_files_that_can_not_be_read_are_told(tmp_path, path):
    for option in ("--suppress", "--baseline", "--tags"):
        result = analyze("report", "--fail-on", "leak", option, tmp_path / "none", path)
        assert result.returncode == 4 and f"{tmp_path}/none" in result.stderr
    big = tmp_path / "big"
    with open(big, "wb") as file:
        file.truncate(5 << 20)
    result = analyze("report", "--fail-on", "leak", "--suppress", big, path)
    assert result.returncode == 3 and "larger than 4 MiB; is it the right file?" in result.stderr


@pytest.mark.parametrize("option", ["--suppress", "--baseline"])
def test_what_lets_pass_needs_something_that_fails(path, option):
    result = analyze("report", option, ROOT / "README.md", path)
    assert result.returncode == 2 and f"{option} has nothing to let pass" in result.stderr


# ---- baseline ----


def baseline_of(tmp_path, path):
    file = tmp_path / "base.json"
    file.write_text(analyze("report", "-f", "json", "--all", path).stdout)
    return file


def test_what_was_there_before_is_known(tmp_path, path):
    base = baseline_of(tmp_path, path)
    outcomes, reasons, summary, _ = gate(path, "--fail-on", "leak", "--budget", "steady<=1B", "--baseline", base, status=0)
    assert {key for key, outcome in outcomes.items() if outcome == "known"} == LEAKS | {("steady", "Recl")}
    assert reasons["leak", "Unrecl"] == f"verdict leak, as in {base}"
    assert any(sentence.startswith("Known from the baseline: slab/leak, ") for sentence in summary)


def test_a_new_leak_and_a_new_rule_broken_fail(script, tmp_path, path):
    old = tmp_path / "old"
    log("-q", "-s", script(SCRIPT.replace("diff=100+1 bytes=6400+64", "diff=100 bytes=6400")), "-o", old)
    base = baseline_of(tmp_path, old)
    outcomes, reasons, _, _ = gate(path, "--fail-on", "leak", "--baseline", base, status=1)
    assert {key for key, outcome in outcomes.items() if outcome == "fail"} == {("slow", "Unrecl")}
    assert reasons["slow", "Unrecl"].endswith(f", which is new since {base}")
    assert outcomes["leak", "Unrecl"] == "known"


def test_what_got_worse_by_more_than_chance_fails(tmp_path):
    base = baseline_of(tmp_path, noisy(tmp_path, "a", 200))
    for rise, outcome in ((200, "known"), (150, "known"), (205, "known"), (400, "fail")):
        path = noisy(tmp_path, "b", rise)
        result = analyze("report", "-f", "json", "--budget", "x<=10B/s", "--baseline", base, path)
        finding = json.loads(result.stdout)["findings"][0]
        assert (finding["gate"], result.returncode) == (outcome, int(outcome == "fail"))
        assert (f"worse than in {base} (+" in finding["gate_reason"]) == (outcome == "fail")


@pytest.mark.parametrize("rule, before, now, outcome", [
    (("--fail-on", "leak"), 400, 404, "known"), (("--fail-on", "leak"), 400, 436, "known"),
    (("--fail-on", "leak"), 400, 444, "fail"), (("--budget", "x<=100B/s"), 400, 436, "known"),
    (("--budget", "x<=100B/s"), 400, 444, "fail"), (("--budget", "x<=1KiB"), 400, 404, "known"),
    (("--budget", "x<=1KiB"), 400, 444, "fail"),
])
def test_the_same_leak_recorded_again_is_known(script, tmp_path, rule, before, now, outcome):
    """Straight lines: the samples are sure of the least difference."""
    paths = [tmp_path / "before", tmp_path / "now"]
    for path, rate in zip(paths, (before, now)):
        log("-q", "-s", script(f"ticks 100\nrow slab x Unrecl diff=0+{rate // 4} bytes=0+{rate}\n"), "-o", path)
    result = analyze("report", "-f", "json", *rule, "--baseline", baseline_of(tmp_path, paths[0]), paths[1])
    finding = json.loads(result.stdout)["findings"][0]
    assert (finding["gate"], result.returncode) == (outcome, int(outcome == "fail")), finding["gate_reason"]
    if outcome == "fail":
        assert " then, " in finding["gate_reason"] and finding["gate_reason"].endswith(" now)")


def test_hosts_count_only_where_there_are_several(script, tmp_path, path):
    base = baseline_of(tmp_path, path)
    other, both = tmp_path / "other", tmp_path / "both"
    log("-q", "-s", script(SCRIPT.replace("host north", "host ci-17")), "-o", other)
    gate(other, "--fail-on", "leak", "--baseline", base, status=0)
    both.mkdir()
    other.rename(both / "other")
    (both / "a").write_text(path.read_text())
    result = analyze("report", "-f", "json", "--all", "--fail-on", "leak", "--baseline", base, both)
    found = {(f["host"], f["gate"]) for f in json.loads(result.stdout)["findings"] if f["verdict"] == "leak"}
    assert found == {("north", "known"), ("ci-17", "fail")} and result.returncode == 1


def change(text, **finding):
    document = json.loads(text)
    document["findings"][0].update(finding)
    return json.dumps(document)


@pytest.mark.parametrize("make, message", [
    (lambda text: "", ":1:1: the file is empty"),
    (lambda text: "rank,verdict\n", ":1:1: not JSON from here on"),
    (lambda text: text[:300], "not JSON from here on"),
    (lambda text: "[]", "JSON, but no report of poolmon-analyze: there is no \"schema\""),
    (lambda text: '{"schema":"cyclonedx"}', "JSON, but no report of poolmon-analyze: its schema is 'cyclonedx'"),
    (lambda text: '{"schema":"poolmon-report/1","report":"info"}', "a report without findings"),
    (lambda text: text.replace('"verdict":"leak"', '"verdict":"leaks"', 1), "which is none"),
    (lambda text: change(text, verdict=5), "has the verdict '', which is none"),
    (lambda text: change(text, tag=""), "finding 1 names no pool or no tag"),
    (lambda text: text.replace('"findings":[', '"findings":[1,'), "finding 1 names no pool or no tag"),
    (lambda text: json.dumps({**json.loads(text), "findings": json.loads(text)["findings"] * 2}), "is there twice"),
    (lambda text: '{"a":' * 100000, "not JSON from here on")])
def test_what_is_no_report_is_told(tmp_path, path, make, message):
    base = baseline_of(tmp_path, path)
    base.write_text(make(base.read_text()))
    result = analyze("report", "--fail-on", "leak", "--baseline", base, path)
    assert result.returncode == 3 and result.stdout == ""
    assert message in result.stderr and str(base) in result.stderr
    assert "make one with: poolmon-analyze report --format json --all LOG... > baseline.json" in result.stderr


def test_a_report_of_another_version_is_told(tmp_path, path):
    base = baseline_of(tmp_path, path)
    base.write_text(base.read_text().replace("poolmon-report/1", "poolmon-report/9"))
    result = analyze("report", "--fail-on", "leak", "--baseline", base, path)
    assert result.returncode != 0 and "a report of version 'poolmon-report/9', but this is poolmon-report/1" in result.stderr


@pytest.mark.parametrize("number", ["1e999", "-1e999", '"x"', "null", "1e308", "-1e308"])
def test_numbers_that_can_not_be_do_no_harm(tmp_path, path, number):
    base = baseline_of(tmp_path, path)
    base.write_text(re.sub(r'"(slope_\w+|max_bytes|samples)":[-\d.e+]+', rf'"\1":{number}', base.read_text()))
    result = analyze("report", "-f", "json", "--fail-on", "leak", "--budget", "*<=1B/s", "--baseline", base, path)
    assert result.returncode in (0, 1)
    assert not re.search(r"\b(nan|inf)\b", result.stdout)

# SPDX-License-Identifier: MIT
"""poolmon-analyze diff: figures against an oracle of its own, how often it is wrong, fleets, new and vanished tags,
and that it always has a verdict."""
import json
import math
import random
import re
import sys

import pytest
from harness import ROOT, analyze, report

jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not installed")

sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import least_squares  # noqa: E402

SCHEMA = json.loads((ROOT / "schemas/report.schema.json").read_text())
NO_NAN = {"parse_constant": lambda name: pytest.fail(f"{name} in JSON")}
MIB = 1 << 20


def write_log(path, series, host="h", step=10, start=1000, diff=True):
    """series: tag -> list of bytes (None: no row), one for each moment."""
    n = max(map(len, series.values()))
    lines = [f'{{"time":"2026-01-01T00:00:00.000Z","uptime_s":{start},"pool":"event","tag":"start",'
             f'"note":"host={host} os=Linux kernel=6.1 boot_id=b-{host}"}}']
    for i in range(n):
        at = i * step
        for tag, values in series.items():
            if i < len(values) and values[i] is not None:
                lines.append(f'{{"time":"2026-01-01T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.000Z",'
                             f'"uptime_s":{start + at},"pool":"slab","tag":"{tag}","type":"Unrecl",'
                             + (f'"diff":{values[i] // 64},' if diff else "") + f'"bytes":{values[i]}}}')
    path.write_text("\n".join(lines) + "\n")
    return path


def noise(rng, n=60, level=10 * MIB, per_step=0.0, spread=2000):
    return [max(0, round(level + per_step * i + rng.gauss(0, spread))) for i in range(n)]


def document_of(*args, status=0):
    result = analyze("diff", "--format", "json", "--all", *args)
    assert result.returncode == status, result.stderr
    document = json.loads(result.stdout, **NO_NAN)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def changes_of(document):
    return {row["tag"]: row for row in document["changes"]}


def diff(*args, **kwargs):
    return changes_of(document_of(*args, **kwargs))


def verdicts(*args):
    return {tag: row["verdict"] for tag, row in diff(*args).items()}


# ---- an oracle: the same from the definitions, by other means ----

def t_tails(t, freedom):
    """Both tails of Student's t, by integrating the density over x = atan(t / sqrt(freedom))."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    low, high, n = math.atan(abs(t) / math.sqrt(freedom)), math.pi / 2, 4000
    step = (high - low) / n
    weights = [1 if i in (0, n) else 4 if i % 2 else 2 for i in range(n + 1)]
    return 2 * scale * step / 3 * sum(w * math.cos(low + i * step) ** (freedom - 1) if i < n or freedom > 1 else w
                                      for i, w in enumerate(weights))


def t_limit(freedom):
    low, high = 0.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if t_tails(middle, freedom) > 0.05 else (low, middle)
    return low


def oracle_rate(findings):
    slopes = [float(f["slope_bytes_per_hour"]) for f in findings]
    errors = [f["slope_stderr"] for f in findings]
    freedoms = [f["samples"] - f["epochs"] - 1 for f in findings]
    for i, f in enumerate(findings):  # samples between moves tell nothing
        steps = f["samples"] - f["epochs"]
        told = 1 + round(steps * (1 - f["not_fell_share"])) + round(steps * f["rose_share"])
        worth = min(told if told > 1 else f["samples"], f["samples"] / f["widening"])
        if worth < f["samples"]:
            errors[i] *= math.sqrt(f["samples"] / worth)
            freedoms[i] = max(1, worth - f["epochs"] - 1)
        errors[i] = max(errors[i], 3600 / (float(f["span_s"]) * math.sqrt(f["samples"])))
    weights = [e ** -2 for e in errors]
    mean = sum(w * b for w, b in zip(weights, slopes)) / sum(weights)
    q = sum(w * (b - mean) ** 2 for w, b in zip(weights, slopes))
    tau2 = 0
    if len(slopes) > 1:
        c = sum(weights) - sum(w * w for w in weights) / sum(weights)
        tau2 = max(0, (q - (len(slopes) - 1)) / c)
    weights = [1 / (e * e + tau2) for e in errors]
    total = sum(weights)
    mean = sum(w * b for w, b in zip(weights, slopes)) / total
    freedom = freedoms[0] if len(freedoms) == 1 else len(freedoms) - 1
    return mean, total ** -1, freedom, math.sqrt(tau2)


def figures_of(path):
    """By exact fractions; but by how much samples that hang together widen the error is as the report says."""
    series = least_squares.analyze([path])
    for finding in report(path)["findings"]:
        key = (finding["pool"], finding["tag"], finding.get("type", ""))
        one = next(value for name, value in series.items() if tuple(part or "" for part in name) == key)
        width = (finding["slope_high"] - finding["slope_low"]) / 2 / 1.96
        one["widening"] = max(1, (width / finding["slope_stderr"]) ** 2) if finding["slope_stderr"] else 1
    return series


def oracle(before, after):
    """tag -> (rates of both sides, difference, its reach, p, q), of tags that are on both sides."""
    sides = [[figures_of(path) for path in paths] for paths in (before, after)]
    result = {}
    for key in sides[0][0]:
        rates = [oracle_rate([one[key] for one in side]) for side in sides]
        (b, vb, fb, _), (a, va, fa, _) = rates
        freedom = (va + vb) ** 2 / (va * va / fa + vb * vb / fb)
        error = math.sqrt(va + vb)
        result[key[1]] = [rates, a - b, t_limit(freedom) * error, t_tails((a - b) / error, freedom)]
    in_order = sorted(result.values(), key=lambda row: row[3])
    for row in result.values():
        row.append(min(1, *(other[3] * len(in_order) / (i + 1) for i, other in enumerate(in_order)
                            if other[3] >= row[3])))
    return result


@pytest.mark.parametrize("n_before, n_after, seed", [(1, 1, 1), (1, 3, 2), (4, 3, 3), (2, 2, 4)])
def test_figures_are_those_of_the_oracle(tmp_path, n_before, n_after, seed):
    rng = random.Random(seed)
    sides = []
    for side, n in (("before", n_before), ("after", n_after)):
        sides.append([write_log(tmp_path / f"{side}{i}", {
            f"t{j}": noise(rng, rng.randrange(9, 60), per_step=j * 1000 * (side == "after") + rng.gauss(0, 10) * (j % 2))
            for j in range(8)}, host=f"{side}{i}") for i in range(n)])
    options = [part for side, paths in zip(("--before", "--after"), sides) for path in paths for part in (side, path)]
    got, expected = diff(*options), oracle(*sides)
    assert set(got) == set(expected)
    for tag, (rates, difference, reach, p, q) in expected.items():
        row = got[tag]
        for side, (rate, _, _, tau), n in zip(("before", "after"), rates, (n_before, n_after)):
            assert row[f"{side}_bytes_per_hour"] == pytest.approx(rate, rel=1e-9, abs=1e-3)
            assert row[f"{side}_hosts"] == n
            assert (n > 1) == (f"{side}_tau" in row)
            assert row.get(f"{side}_tau", 0) == pytest.approx(tau, rel=1e-5, abs=1)
        assert row["difference_bytes_per_hour"] == pytest.approx(difference, rel=1e-8, abs=1e-3)
        assert row["difference_high"] - row["difference_low"] == pytest.approx(2 * reach, rel=1e-4)
        assert row["p_value"] == pytest.approx(p, rel=1e-4, abs=1e-9)
        assert row["q_value"] == pytest.approx(q, rel=1e-4, abs=1e-9)
    assert len({row["verdict"] for row in got.values()}) > 1


# ---- how often it is wrong ----

def test_identical_processes_rarely_differ_and_growth_is_found(tmp_path):
    """200 tags that only rustle and one that leaks 300 B in 10 s under a noise of 4000 B, ten times over."""
    n_false = n_found = 0
    for seed in range(10):
        rng = random.Random(seed)
        logs = [write_log(tmp_path / f"{seed}{side}", {
            **{f"t{i}": noise(rng, level=MIB * (1 + i), spread=100 * (1 + i), per_step=i * 3) for i in range(200)},
            "leak": noise(rng, spread=4000, per_step=300 * (side == "after"))}) for side in ("before", "after")]
        found = [tag for tag, verdict in verdicts(*logs).items() if verdict in ("worse", "better", "changed")]
        n_found += "leak" in found
        n_false += len(found) - ("leak" in found)
    assert n_found == 10
    assert n_false <= 5  # of 2000, one of them expected: with one leak found the limit for p is 0.05 * 2 / 201


def test_one_step_is_no_growth_and_a_few_are_little(tmp_path):
    """What moves once in an hour has a slope, and were each sample a witness of its own, a very sure one."""
    paths = [write_log(tmp_path / str(side), {
        "once": [4096 + (i > 20) * 4096 * side for i in range(60)], "twice": [4096 * (1 + (i // 21) * side) for i in range(60)],
        "often": [4096 * (1 + (i // 4) * side) for i in range(60)]}) for side in (0, 1)]
    assert verdicts(*paths) == {"once": "same", "twice": "same", "often": "worse"}


def test_machines_that_differ_by_nature_are_not_called_worse(tmp_path):
    """Each host grows at a rate of its own. One against one looks different; many against many does not."""
    rng = random.Random(5)
    paths = [write_log(tmp_path / f"h{i}", {"cache": noise(rng, per_step=rng.uniform(100, 900), spread=50)}, host=f"h{i}")
             for i in range(12)]
    fleet = [part for i, path in enumerate(paths) for part in (("--before", "--after")[i % 2], path)]
    row = diff(*fleet)["cache"]
    assert row["verdict"] == "same" and row["after_i_squared"] > 0.99 and row["after_growing"] == 6
    alone = [diff(paths[i], paths[i + 1])["cache"]["verdict"] for i in range(11)]
    assert {"worse", "better"} <= set(alone) and alone.count("same") <= 3  # some happen to be alike


def test_a_leak_stands_out_of_machines_that_differ(tmp_path):
    """Three hosts a side, 100 tags whose rates differ by host about as much as by chance, one that leaks on each."""
    n_false = 0
    for seed in range(5):
        rng = random.Random(seed)
        fleet = []
        for i in range(6):
            after = i % 2
            fleet += [("--before", "--after")[after], write_log(tmp_path / f"{seed}-{i}", {
                **{f"t{j}": noise(rng, per_step=100 + rng.gauss(0, 20)) for j in range(100)},
                "leak": noise(rng, per_step=100 + rng.gauss(0, 20) + 2000 * after)}, host=f"h{i}")]
        found = {tag: verdict for tag, verdict in verdicts(*fleet).items() if verdict != "same"}
        assert found.pop("leak") == "worse"
        n_false += len(found)
    assert n_false <= 1  # of 500


# ---- verdicts ----

def test_every_verdict(tmp_path):
    rng = random.Random(1)
    flat, up, steep, down = (lambda n=60: noise(rng, n)), (lambda: noise(rng, per_step=500)), \
        (lambda: noise(rng, per_step=5000)), (lambda: noise(rng, per_step=-500))
    before = write_log(tmp_path / "before", {
        "starts": flat(), "speeds-up": up(), "stops": up(), "slows": steep(), "turns": down(), "stays": up(), "flat": flat(),
        "gone": flat(), "leak-gone": up(), "short": flat(7)})
    after = write_log(tmp_path / "after", {
        "starts": up(), "speeds-up": steep(), "stops": flat(), "slows": up(), "turns": flat(), "stays": up(), "flat": flat(),
        "here": flat(), "leak-here": up(), "short-here": flat(3), "short": flat()})
    document = document_of(before, after)
    assert {tag: row["verdict"] for tag, row in changes_of(document).items()} == {
        "starts": "worse", "speeds-up": "worse", "leak-here": "worse", "stops": "better", "slows": "better",
        "leak-gone": "better", "turns": "changed", "stays": "same", "flat": "same", "here": "new", "short-here": "new",
        "gone": "vanished", "short": "unclear"}
    assert [row["tag"] for row in document["changes"]][:3] == ["speeds-up", "leak-here", "starts"] or \
        [row["tag"] for row in document["changes"]][:3] == ["speeds-up", "starts", "leak-here"]
    assert [row["rank"] for row in document["changes"]] == list(range(1, len(document["changes"]) + 1))
    assert [row["verdict"] for row in document["changes"]] == sorted(
        (row["verdict"] for row in document["changes"]),
        key=["worse", "better", "changed", "new", "vanished", "same", "unclear"].index)
    assert document["summary"][0] == (
        "3 tags grow faster after than before: +" + re.search(r"\+(.*?/h)", document["summary"][0]).group(1) +
        ". Of the others 3 grow slower, 1 differs otherwise, 2 are new, 1 vanished, 2 do not differ, "
        "1 has too few samples.")
    # the other way round, what was worse is better
    turned = verdicts(after, before)
    assert (turned["starts"], turned["stops"], turned["leak-gone"], turned["here"]) == ("better", "worse", "worse", "vanished")


SHAPES = {
    "absent": [], "one": [5], "two": [5, 9], "eight": list(range(8)), "zero": [0] * 30, "constant": [4096] * 30,
    "line": [64 * i for i in range(30)], "fall": [64 * (30 - i) for i in range(30)],
    "huge": [2**64 - 1 if i % 2 else 0 for i in range(30)], "top": [2**64 - 1] * 30, "step": [0] * 15 + [1 << 40] * 15,
    "late": [None] * 25 + [1, 2, 3, 4, 5],
}


def test_there_is_always_a_verdict(tmp_path):
    """Each shape against each, on one host and on several."""
    pairs = [(a, b) for a in SHAPES for b in SHAPES if (a, b) != ("absent", "absent")]
    for diff_too in (True, False):
        before, after = (write_log(tmp_path / f"{side}{diff_too}", {f"{a}-{b}": SHAPES[(a, b)[side]] for a, b in pairs},
                                   diff=diff_too) for side in (0, 1))
        rows = diff(before, after)
        assert set(rows) == {f"{a}-{b}" for a, b in pairs}
        for a, b in pairs:
            verdict = rows[f"{a}-{b}"]["verdict"]
            if a == b and a not in ("one", "two", "late"):
                assert verdict == "same", (a, b)
            elif a in ("one", "two", "late") and b != "absent" or b in ("one", "two", "late") and a != "absent":
                assert verdict == "unclear", (a, b)
        assert rows["absent-line"]["verdict"] == "worse" and rows["line-absent"]["verdict"] == "better"
        assert rows["constant-line"]["verdict"] == "worse" and rows["absent-two"]["verdict"] == "new"
        fleet = diff("-b", before, "-b", after, "-a", after, "-a", before)
        assert set(row["verdict"] for row in fleet.values()) <= {"same", "unclear", "new", "vanished"}
        text = analyze("diff", "--all", before, after).stdout
        assert not re.search(r"\b(nan|inf)\b", text)


def test_objects_are_compared_where_bytes_are_not_known(tmp_path):
    paths = []
    for side, step in (("before", 0), ("after", 3)):
        lines = [f'{{"time":"2026-01-01T00:00:{i:02}.000Z","uptime_s":{i},"pool":"alloc","tag":"site","diff":{i * step}}}'
                 for i in range(40)]
        paths.append(tmp_path / side)
        paths[-1].write_text("\n".join(lines) + "\n")
    row = diff(*paths)["site"]
    assert row["verdict"] == "worse" and row["after_objects_per_hour"] == pytest.approx(10800)
    assert "after_bytes_per_hour" not in row and "difference_bytes_per_hour" not in row
    assert re.match(r"\+3 objects/s \(\+2\.99 objects/s to \+3\.01 objects/s\) after, \+0 objects/h \(", row["evidence"])


def test_frees_per_allocation_are_told(script, tmp_path):
    from harness import log
    for side, frees in (("before", 10), ("after", 5)):
        log("-q", "-o", tmp_path / side, "-s", script(
            f"ticks 40\nrow system Tag1 Nonp allocs=100+10 frees=50+{frees} diff=50+{10 - frees} bytes=3200+{64 * (10 - frees)}\n"))
    row = diff(tmp_path / "before", tmp_path / "after")["Tag1"]
    assert (row["before_frees_per_alloc"], row["after_frees_per_alloc"]) == (1, 0.5)
    assert row["evidence"].endswith("; 0.500 frees per allocation, 1.000 before")
    assert row["before_growth_bytes"] == 0 and row["after_growth_bytes"] == 39 * 320
    assert row["before_last_bytes"] == 3200 and row["after_last_bytes"] == 3200 + 39 * 320


# ---- fleets ----

def test_a_fleet_says_how_many_hosts_grow(tmp_path):
    rng = random.Random(2)
    for side in ("before", "after"):
        (tmp_path / side).mkdir()
        for i in range(5):
            write_log(tmp_path / side / f"{i}.ndjson", {
                "leak": noise(rng, per_step=1000 * (side == "after" and i != 3)), "flat": noise(rng)}, host=f"web{i}")
    by_name = [part for side in ("before", "after") for i in range(5) for part in (f"--{side}", tmp_path / side / f"{i}.ndjson")]
    rows = diff(tmp_path / "before", tmp_path / "after")
    assert diff(*by_name) == rows
    leak = rows["leak"]
    assert (leak["before_hosts"], leak["after_hosts"], leak["before_growing"], leak["after_growing"]) == (5, 5, 0, 4)
    assert "; 4 of 5 hosts grow, 0 of 5 before" in leak["evidence"]
    assert rows["flat"]["verdict"] == "same"
    text = analyze("diff", tmp_path / "before", tmp_path / "after").stdout
    assert "Before: 5 hosts, 2026-01-01 00:00:00" in text


def test_runs_on_one_host_are_recordings_of_their_own(tmp_path):
    rng = random.Random(3)
    options = []
    for i in range(8):
        side = ("--before", "--after")[i % 2]
        options += [side, write_log(tmp_path / str(i), {"leak": noise(rng, per_step=1000 * (i % 2))}, host="ci")]
    document = document_of(*options)
    row = document["changes"][0]
    assert row["verdict"] == "worse" and "; 4 of 4 recordings grow, 0 of 4 before" in row["evidence"]
    assert [(r["side"], r["host"]) for r in document["recordings"]] == [("before", "ci")] * 4 + [("after", "ci")] * 4


def test_a_cut_recording_and_threads_change_nothing(tmp_path):
    rng = random.Random(4)
    logs = [write_log(tmp_path / side, {f"t{i}": noise(rng, 200, per_step=i * (side == "after") * 20) for i in range(30)})
            for side in ("before", "after")]
    one = analyze("diff", "-j", "1", "--all", "--format", "json", *logs).stdout
    for jobs in (2, 8):
        assert analyze("diff", "-j", jobs, "--all", "--format", "json", *logs).stdout == one
    parts = tmp_path / "parts"
    parts.mkdir()
    lines = logs[1].read_text().splitlines(keepends=True)
    for i in range(4):
        (parts / f"p{3 - i}").write_text("".join(lines[i * len(lines) // 4:(i + 1) * len(lines) // 4]))
    whole, cut = json.loads(one), document_of(logs[0], parts)
    assert cut["changes"] == whole["changes"]


# ---- the command line ----

@pytest.fixture
def sides(tmp_path):
    rng = random.Random(6)
    before = write_log(tmp_path / "before", {"leak": noise(rng), "flat": noise(rng)})
    return before, write_log(tmp_path / "after", {"leak": noise(rng, per_step=500), "flat": noise(rng), "fresh": noise(rng)})


def test_the_gate_for_ci(sides):
    for args, status in (((), 0), (("--fail-on", "worse"), 1), (("--fail-on", "worse", "--exclude", "leak"), 0),
                         (("--fail-on", "new", "--exclude", "leak"), 1),
                         (("--fail-on", "new", "--exclude", "leak", "--exclude", "fresh"), 0)):
        assert analyze("diff", *args, *sides).returncode == status, args
    assert analyze("diff", "--fail-on", "new", *reversed(sides)).returncode == 0
    assert analyze("diff", "--fail-on", "new", sides[0], sides[0]).returncode == 0


def test_text_is_for_people(sides):
    text = analyze("diff", *sides).stdout
    assert text.startswith("1 tag grows faster after than before: +17")
    assert "Before: h, Linux 6.1, 2026-01-01 00:00:00 to 2026-01-01 00:09:50 UTC (9 min 50 s): 60 snapshots of 2 tags" in text
    assert re.search(r"^1 +worse +slab +leak +Unrecl +[+-][\d.]+ \w+/h +\+1\d\d KiB/h +\+1\d\d KiB/h +\+1\d\d KiB/h +"
                     r"\+1\d\d KiB/h +< 0\.001$", text, re.M), text
    assert "KiB/h) before; q < 0.001" in text and "flat" not in text
    assert re.search(r"^2 +new +slab +fresh .*\n +was not there before; .*; holds 10\.\d+ MiB; q = 0\.\d+; ", text, re.M)
    assert "flat" in analyze("diff", "--all", *sides).stdout
    quiet = analyze("diff", "--exclude", "leak", "--exclude", "fresh", *sides).stdout
    assert quiet.startswith("No tag grows faster after than before; 1 does not differ.\n")


def test_the_false_discovery_rate_can_be_chosen(tmp_path):
    rng = random.Random(8)
    logs = [write_log(tmp_path / side, {"faint": noise(rng, per_step=step)}) for side, step in (("b", 60), ("a", 85))]
    q = diff(*logs)["faint"]["q_value"]
    assert 0.002 < q < 0.3
    for rate, verdict in ((q + 0.002, "worse"), (q - 0.001, "same")):
        assert verdicts("--fdr", f"{rate:.3f}", *logs) == {"faint": verdict}
        assert verdicts("--fdr", f"{100 * rate:.1f}%", *logs) == {"faint": verdict}


def test_a_tag_can_be_looked_at_alone_though_it_is_new(sides):
    assert verdicts("--include", "fresh", *sides) == {"fresh": "new"}
    result = analyze("diff", "--include", "no-such", *sides)
    assert result.returncode == 3 and "there is no tag on either side" in result.stderr


def test_standard_input_is_a_side(sides):
    expected = document_of(*sides)
    result = analyze("diff", "--format", "json", "--all", "-", sides[1], input=sides[0].read_text())
    assert json.loads(result.stdout)["changes"] == expected["changes"]


@pytest.mark.parametrize("args, message", [
    ([], "what is to be compared?"),
    (["{0}"], "is compared with what? name BEFORE and AFTER"),
    (["{0}", "{1}", "{1}"], "use --before and --after for more than one"),
    (["--before", "{0}", "{1}"], "is on neither side"),
    (["--before", "{0}"], "what is to be compared?"),
    (["-", "-"], "standard input ('-') can be one recording only"),
    (["--fdr", "2", "{0}", "{1}"], "--fdr: '2' is no share between 0 and 1"),
    (["--fdr", "0", "{0}", "{1}"], "--fdr: '0' is no share"),
    (["--fdr", "nan", "{0}", "{1}"], "--fdr: 'nan' is no share"),
    (["--fail-on", "leak", "{0}", "{1}"], "--fail-on: 'leak' is neither worse nor new"),
    (["--top", "0", "{0}", "{1}"], "--top: '0' is not a whole number"),
])
def test_wrong_usage_is_told(sides, args, message):
    result = analyze("diff", *(arg.format(*sides) for arg in args))
    assert result.returncode == 2 and message in result.stderr and result.stdout == ""


def test_wrong_input_is_told(sides, tmp_path):
    empty, junk, none, cut = tmp_path / "empty", tmp_path / "junk", tmp_path / "none", tmp_path / "cut"
    empty.write_text("")
    junk.write_text("this is no log\n")
    cut.write_text(sides[1].read_text()[:-20])
    (tmp_path / "nothing").mkdir()
    for path, status, message in ((empty, 3, f"{empty}: "), (junk, 3, f"{junk}"), (none, 4, "No such file"),
                                  (tmp_path / "nothing", 3, "nothing")):
        for args in ((sides[0], path), (path, sides[1])):
            result = analyze("diff", *args)
            assert (result.returncode, result.stdout) == (status, "") and message in result.stderr, result.stderr
    result = analyze("diff", sides[0], cut)
    assert result.returncode == 0 and "does not end in a newline" in result.stderr
    assert "Lines rejected: 0 before, 1 after." in result.stdout
    result = analyze("diff", "--strict", sides[0], cut)
    assert result.returncode == 3 and "--strict allows none" in result.stderr
    result = analyze("diff", "--since", "2027-01-01", *sides)
    assert result.returncode == 3 and "nothing is left" in result.stderr


def test_output_goes_to_a_file_in_one_go(sides, tmp_path):
    out = tmp_path / "out.json"
    assert analyze("diff", "--format", "json", *sides, "-o", out).stdout == ""
    assert json.loads(out.read_text())["report"] == "diff"


@pytest.mark.parametrize("to", ["text", "json", "csv", "markdown", "html"])
def test_a_comparison_is_there_in_every_format_for_people_and_programs(to):
    path = ROOT / "tests/logs/good-pools.csv"
    result = analyze("diff", "--all", "--format", to, path, path)
    assert result.returncode == 0 and len(result.stdout) > 100 and "Leak" in result.stdout


@pytest.mark.parametrize("to", ["junit", "github"])
def test_formats_that_tell_what_fails_are_refused(to):
    path = ROOT / "tests/logs/good-pools.csv"
    result = analyze("diff", "--format", to, path, path)
    assert result.returncode == 2 and result.stdout == ""
    assert f"--format {to} is for report and validate" in result.stderr and "--fail-on" in result.stderr

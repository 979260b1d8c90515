# SPDX-License-Identifier: MIT
"""poolmon-analyze report: figures against an exact oracle, ranking, choice of rows, and that neither threads nor
the way a log is cut into files change anything."""
import gzip
import json
import random
import re
import shutil
import sys
from fractions import Fraction

import pytest
from harness import ROOT, analyze, log, poolmon, report, rows_of

sys.path.insert(0, str(ROOT / "tests" / "oracle"))
import least_squares  # noqa: E402

LOGS = ROOT / "tests" / "logs"


def key_of(finding):
    return finding["pool"], finding["tag"], finding.get("type", "")


def check(findings, expected):
    assert {key_of(finding) for finding in findings} == set(expected)
    for finding in findings:
        want = expected[key_of(finding)]
        for name in ("samples", "epochs", "growth_bytes", "first_bytes", "last_bytes", "min_bytes", "max_bytes"):
            assert finding[name] == want[name], (key_of(finding), name)
        assert finding["span_s"] == float(want["span_s"])
        for name in ("slope_bytes_per_hour", "slope_objects_per_hour"):
            assert finding[name] == pytest.approx(float(want[name]), rel=1e-12, abs=1e-6), (key_of(finding), name)
        assert finding["slope_stderr"] == pytest.approx(want["slope_stderr"], rel=1e-12, abs=1e-9)
        assert finding["r_squared"] == pytest.approx(float(want["r_squared"]), rel=1e-12, abs=1e-15)
        for name in ("not_fell_share", "rose_share"):
            assert finding.get(name) == pytest.approx(want[name])
        if "allocs" in finding:
            assert (finding["allocs"], finding["frees"]) == (want["allocs"], want["frees"])
        if want["allocs"] > 0:
            left = Fraction(max(0, want["allocs"] - want["frees"]), want["allocs"])
            assert finding["survivors_per_1000_allocs"] == pytest.approx(float(1000 * left), rel=1e-14)


def write_random_log(path, seed, csv, n=200):
    """Series that grow, wander, wrap at 32 bits and start again, over reboots."""
    random.seed(seed)
    lines = ["time,uptime_s,pool,tag,type,allocs,frees,diff,bytes"] if csv else []
    uptime, boot, wall = 5000.0, 0, 1767225600.0
    series = [{"allocs": random.randrange(2**32 - 20000, 2**32) if i % 3 == 0 else 0, "frees": 0} for i in range(6)]
    for state in series:
        state["frees"] = max(0, state["allocs"] - random.randrange(1000))

    def put(pool, tag, kind, values, note=None):
        seconds = wall - 1767225600
        clock = f"{int(seconds // 3600):02}:{int(seconds // 60) % 60:02}:{seconds % 60:06.3f}"
        if csv:
            fields = [values.get(name, "") for name in ("allocs", "frees", "diff", "bytes")]
            lines.append(",".join(map(str, [f"2026-01-01 {clock}", f"{uptime:.3f}", pool, tag, kind, *fields])))
        else:
            row = {"time": f"2026-01-01T{clock}Z", "uptime_s": round(uptime, 3), "pool": pool, "tag": tag}
            row.update({"type": kind} if kind else {}, **values, **({"note": note} if note else {}))
            lines.append(json.dumps(row, separators=(",", ":")))

    if not csv:
        put("event", "start", "", {}, f"host=h boot_id=b{boot}")
    for i in range(n):
        if not csv and random.random() < 0.02:
            boot += 1
            uptime = random.uniform(0, 100)
            put("event", "start", "", {}, f"host=h boot_id=b{boot}")
            series = [{"allocs": 0, "frees": 0} for _ in series]
        for number, state in enumerate(series):
            if random.random() < 0.01:
                state["allocs"] = state["frees"] = 0
            state["allocs"] += random.randrange(2000)
            state["frees"] += random.randrange(max(1, state["allocs"] - state["frees"]))
            diff = state["allocs"] - state["frees"]
            counts = {"allocs": state["allocs"] % 2**32, "frees": state["frees"] % 2**32} if number % 2 == 0 else {}
            put("system", f"Tg{number}", "Nonp", {**counts, "diff": diff, "bytes": diff * 48 * (1 + number * 10**9)})
        uptime += random.choice((1, 1, 1, 5, 0.25))
        wall += 1
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("csv", [False, True])
def test_figures_are_exact(tmp_path, seed, csv):
    path = tmp_path / "log"
    write_random_log(path, seed, csv)
    check(report(path)["findings"], least_squares.analyze([path]))


def test_figures_of_a_real_recording_are_exact():
    path = LOGS / "good-socket-leak.ndjson.gz"
    check(report(path)["findings"], least_squares.analyze([path]))


def test_extreme_values_are_exact(tmp_path):
    path = tmp_path / "log"
    big = 2**64 - 1
    values = [0, big, 1, big - 1, 2**63, 2**63 - 1, 2**53 + 1, 5, big, 0, 7, big]
    path.write_text("".join(
        f'{{"time":"2026-01-01T00:00:{i:02}.000Z","uptime_s":{10**9 + i}.001,"pool":"slab","tag":"x","diff":{value},'
        f'"bytes":{value}}}\n' for i, value in enumerate(values)))
    expected = least_squares.analyze([path])
    expected["slab", "x", ""]["growth_bytes"] = 2**63 - 1  # what int64 holds
    check(report(path)["findings"], expected)


@pytest.mark.parametrize("first, step, wobble", [(10**12, 4096, 64), (10**15, 10**9, 64), (2**62, 2**40, 2**16), (5, 192, 0)])
def test_the_error_of_a_nearly_straight_line_is_exact(tmp_path, first, step, wobble):
    """What is left of the variance is far below the last digit of a double of all of it."""
    random.seed(first)
    path = tmp_path / "log"
    values = [first + step * i + wobble * random.randrange(2) for i in range(1000)]
    path.write_text("".join(
        f'{{"time":"2026-01-01T00:{i // 60:02}:{i % 60:02}.000Z","uptime_s":{1000 + i}.137,"pool":"slab","tag":"x",'
        f'"diff":{value // 64},"bytes":{value}}}\n' for i, value in enumerate(values)))
    check(report(path)["findings"], least_squares.analyze([path]))


def test_a_cut_log_gives_the_same_report(tmp_path):
    whole = tmp_path / "whole"
    write_random_log(whole, 3, False, 400)
    lines = whole.read_text().splitlines(keepends=True)
    expected = report(whole)
    for seed in range(8):
        random.seed(seed)
        parts = tmp_path / f"parts-{seed}"
        parts.mkdir()
        cuts = sorted(random.sample(range(1, len(lines)), 5))
        for i, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(lines)])):
            data = "".join(lines[a:b]).encode()
            name = random.choice("abcdefgh") + str(i)
            (parts / name).write_bytes(gzip.compress(data) if i % 2 else data)
        got = report(parts)
        assert got["findings"] == expected["findings"]
        for name in ("rows", "snapshots", "series", "duplicates", "rejected"):
            assert got["input"][name] == expected["input"][name], name


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_threads_change_nothing(jobs, tmp_path):
    for i in range(12):
        write_random_log(tmp_path / f"{i}", i, i % 2 == 0)
    one = analyze("report", "-j", "1", "--all", "--format", "json", tmp_path).stdout
    assert analyze("report", "-j", jobs, "--all", "--format", "json", tmp_path).stdout == one


def test_formats_and_compression_may_be_mixed(small, tmp_path):
    whole = tmp_path / "whole.ndjson"
    log("-q", "-s", small, "-o", whole)
    lines = whole.read_text().splitlines(keepends=True)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "c").write_text("".join(lines[:40]))
    (logs / "b").write_bytes(gzip.compress("".join(lines[40:60]).encode()) +
                             gzip.compress("".join(lines[60:70]).encode()))
    (tmp_path / "rest").write_text("".join(lines[70:]))
    csv = analyze("convert", "--to", "csv", tmp_path / "rest")
    (logs / "a").write_text(csv.stdout)
    expected = report(whole)["findings"]
    assert report(logs)["findings"] == expected
    with open(logs / "c") as stdin:
        assert report("-", logs / "a", logs / "b", stdin=stdin)["findings"] == expected
    assert report("-", input=whole.read_text())["findings"] == expected
    assert report(whole, "-", input=(logs / "c").read_text())["findings"] == expected


def test_rows_that_are_there_twice_count_once(small, tmp_path):
    whole, copy = tmp_path / "whole.ndjson", tmp_path / "copy.csv"
    log("-q", "-s", small, "-o", whole)
    analyze("convert", "--to", "csv", whole, "-o", copy)
    expected = report(whole)
    result = analyze("report", "--all", "--format", "json", whole, copy)
    document = json.loads(result.stdout)
    assert document["findings"] == expected["findings"]
    assert document["input"]["duplicates"] == document["input"]["rows"] == expected["input"]["rows"]
    assert document["input"]["rejected"] == 0
    assert f"{expected['input']['rows']} rows were there twice" in result.stderr
    # the same file twice is read once
    result = analyze("report", "--all", "--format", "json", whole, whole)
    assert json.loads(result.stdout)["input"]["duplicates"] == 0
    assert f"{whole}: left out: named twice, read once" in result.stderr
    # as is a directory, and one by another name, whatever else is in it
    (tmp_path / "logs").mkdir()
    whole.rename(tmp_path / "logs/whole.ndjson")
    (tmp_path / "logs/notes.txt").write_text("nothing to see\n")
    (tmp_path / "other").symlink_to("logs")
    for second in ("logs", "other"):
        result = analyze("report", "--all", "--format", "json", "logs", second, cwd=tmp_path)
        assert result.returncode == 0 and json.loads(result.stdout)["findings"] == expected["findings"]
        assert f"{second}/whole.ndjson: left out: named twice, read once" in result.stderr


def test_what_is_left_out_is_told_briefly(small, tmp_path):
    logs = tmp_path / "logs"
    log("-q", "-s", small, "-o", f"{logs}/")
    for n in (5, 6, 40):
        for i in range(n):
            (logs / f"notes-{i:02}.txt").write_text("nothing to see\n")
        for result in (analyze("report", logs), analyze("validate", logs), poolmon("--from", logs)):
            assert result.returncode == 0
            assert result.stderr.count("left out: not a poolmon log") == (n if n <= 6 else 5)
            assert ("... and 35 others left out\n" in result.stderr) == (n == 40)
        assert analyze("report", "-q", logs).stderr == ""
    assert len([file for file in report(logs)["files"] if "skipped" in file]) == 40


def test_overlapping_parts_are_merged(small, tmp_path):
    whole = tmp_path / "whole.ndjson"
    log("-q", "-s", small, "-o", whole)
    lines = whole.read_text().splitlines(keepends=True)
    (tmp_path / "a").write_text("".join(lines[:70]))
    (tmp_path / "b").write_text(lines[0] + "".join(lines[30:]))
    document = report(tmp_path / "b", tmp_path / "a")
    assert document["findings"] == report(whole)["findings"]
    assert document["input"]["duplicates"] == 41


def test_resets_split_the_series(tmp_path):
    path = tmp_path / "log"
    lines = []
    for i in range(90):
        allocs, frees = (i % 30) * 10, (i % 30) * 4
        lines.append(f'{{"time":"2026-01-01T00:{i // 60:02}:{i % 60:02}.000Z","uptime_s":{100 + i},"pool":"system",'
                     f'"tag":"Leak","type":"Nonp","allocs":{allocs},"frees":{frees},"diff":{allocs - frees},'
                     f'"bytes":{(allocs - frees) * 32}}}\n')
    path.write_text("".join(lines))
    finding = report(path)["findings"][0]
    assert finding["epochs"] == 3
    assert finding["slope_bytes_per_hour"] == pytest.approx(6 * 32 * 3600, rel=1e-12)
    assert finding["growth_bytes"] == 3 * 29 * 6 * 32
    assert finding["not_fell_share"] == 1
    assert "counters started again 2 times" in finding["evidence"]
    assert finding["frees_per_alloc"] == pytest.approx(0.4)


def test_the_leak_comes_first(script, tmp_path):
    path = tmp_path / "log"
    log("-q", "-o", path, "-s", script(
        "ticks 60\nrow slab steady Recl diff=5000 bytes=640000\nrow slab saw Recl diff=100+50%10 bytes=6400+3200%10\n"
        "row slab leak Unrecl diff=100+3 bytes=6400+192\nrow slab shrinks Recl diff=900-3 bytes=57600-192\n"
        "row slab slow Unrecl diff=100+1 bytes=6400+64\nrow memory Total - bytes=1+1000000\n"))
    document = report(path)
    ranking = [(f["rank"], f["tag"], f["verdict"]) for f in document["findings"]]
    assert ranking[:2] == [(1, "leak", "leak"), (2, "slow", "leak")]
    assert {tag: verdict for _, tag, verdict in ranking[2:]} == {
        "steady": "stable", "saw": "stable", "shrinks": "shrinking"}
    text = analyze("report", path).stdout
    assert "2 tags leak" in text
    assert re.search(r"^ *1 +leak +0\.98 +slab +leak +Unrecl +\+11\.1 KiB +\+675 KiB/h +17\.3 KiB$", text, re.M), text
    assert "rose in 59 of 59 steps and never fell; +3 objects/s" in text


def test_a_single_step_is_no_leak_and_few_samples_are_no_trend(script, tmp_path):
    step, short = tmp_path / "step", tmp_path / "short"
    log("-q", "-o", step, "-s", script("ticks 60\nrow slab x Recl bytes=64 until=29\nrow slab x Recl bytes=128 from=30\n"))
    log("-q", "-o", short, "-s", script("ticks 7\nrow slab x Recl bytes=64+64\n"))
    assert report(step)["findings"][0]["verdict"] == "step"
    finding = report(short)["findings"][0]
    assert finding["verdict"] == "too-short" and finding["score"] < 0.5
    assert finding["evidence"] == "7 samples only"


@pytest.mark.parametrize("ticks, status", [(60, 1), (5, 0)])
def test_fail_on_is_for_ci(script, tmp_path, ticks, status):
    path = tmp_path / "log"
    log("-q", "-o", path, "-s", script(f"ticks {ticks}\nrow slab x Recl bytes=64+64\n"))
    for verdict in ("leak", "probable"):
        result = analyze("report", "--fail-on", verdict, path)
        assert result.returncode == status and "x" in result.stdout
    assert analyze("report", "--fail-on", "leak", "--exclude", "x", path).returncode == 3


def test_rows_can_be_chosen_by_time_and_tag(small, tmp_path):
    path = tmp_path / "log"
    log("-q", "-s", small, "-o", path)

    def samples(*options):
        return {f["tag"]: f["samples"] for f in report(path, *options)["findings"]}

    assert samples("--since", "2026-01-01T00:01:00Z") == {"dentry": 8, "filp": 8, "Io\\x20\\x20": 8}
    assert samples("--until", "2026-01-01 00:00:10", "--include", "d*") == {"dentry": 3}
    assert samples("--since", "2026-01-01", "--exclude", "d*", "--exclude", "filp") == {"Io\\x20\\x20": 20}
    result = analyze("report", "--since", "2027-01-01", path)
    assert result.returncode == 3 and "nothing is left" in result.stderr


def test_top_limits_what_is_shown(small, tmp_path):
    path = tmp_path / "log"
    log("-q", "-s", small, "-o", path)
    for n in (1, 2):
        document = json.loads(analyze("report", "--format", "json", "--top", n, path).stdout)
        assert [f["rank"] for f in document["findings"]] == list(range(1, n + 1))
        assert document["input"]["series"] == 3


def test_aliases_of_merged_caches_are_shown(tmp_path):
    path = tmp_path / "log"
    rows = ['{"time":"2026-01-01T00:00:00.000Z","uptime_s":1,"pool":"event","tag":"start","note":"host=h boot_id=b"}',
            '{"time":"2026-01-01T00:00:00.000Z","uptime_s":1,"pool":"event","tag":"alias",'
            '"note":"pool=slab tag=signal_cache names=UNIX,UNIX-STREAM"}']
    rows += [f'{{"time":"2026-01-01T00:00:{i:02}.000Z","uptime_s":{1 + i},"pool":"slab","tag":"signal_cache",'
             f'"type":"Unrecl","diff":{i},"bytes":{i * 1152}}}' for i in range(40)]
    path.write_text("\n".join(rows) + "\n")
    for since in ([], ["--since", "2026-01-01T00:00:05Z"]):
        assert report(path, *since)["findings"][0]["aliases"] == "UNIX,UNIX-STREAM"
    assert "merged with UNIX,UNIX-STREAM" in analyze("report", path).stdout


def test_output_to_a_file_is_complete_or_not_there(small, tmp_path):
    path, out = tmp_path / "log", tmp_path / "report.json"
    log("-q", "-s", small, "-o", path)
    result = analyze("report", "--format", "json", path, "-o", out)
    assert result.returncode == 0 and result.stdout == ""
    assert json.loads(out.read_text())["report"] == "leaks"
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("script")) == ["log", "report.json"]


def test_info_shows_what_is_there(small, tmp_path):
    path = tmp_path / "log.csv.gz"
    log("-q", "-s", small, "-o", path, "--label", "build=1234")
    text = analyze("info", path).stdout
    for part in ("north", "build=1234", str(path), "csv", "gzip", "system", "Total", "2026-01-01 00:01:35"):
        assert part in text
    document = json.loads(analyze("info", "--format", "json", path).stdout)
    assert document["pools"] == [
        {"pool": "slab", "series": 2, "samples": 40, "first_bytes": 320000, "last_bytes": 356480},
        {"pool": "system", "series": 1, "samples": 20, "first_bytes": 640, "last_bytes": 1856}]
    assert document["input"]["marks"] == 1


def test_validate_says_yes_or_no(small, tmp_path):
    path = tmp_path / "log"
    log("-q", "-s", small, "-o", path)
    result = analyze("validate", path)
    assert result.returncode == 0 and result.stdout.startswith("Valid: every line")
    with open(path, "a") as file:
        file.write("junk\n")
    result = analyze("validate", path)
    assert result.returncode == 3 and result.stdout.startswith("Not valid: 1 line was rejected")
    assert re.search(r"1 +syntax +\S+ +104 ", result.stdout)


@pytest.mark.parametrize("name", sorted(p.name for p in LOGS.iterdir() if not p.name.startswith("README")))
def test_bundled_logs_are_what_their_names_say(name):
    result = analyze("validate", LOGS / name)
    assert result.returncode == (0 if name.startswith("good-") else 3), result.stdout + result.stderr


def test_a_log_that_grows_while_it_is_read_gives_what_was_there(small, tmp_path):
    path = tmp_path / "log"
    log("-q", "-s", small, "-o", path)
    before = report(path)
    with open(path, "a") as file:
        file.write(path.read_text().splitlines()[-2])
    assert report(path)["findings"] == before["findings"]


def test_several_hosts_and_boots_are_told_apart(script, tmp_path):
    for host in ("a", "b"):
        for boot in (1, 2):
            log("-q", "-o", tmp_path / f"{host}{boot}", "-s", script(
                f"host {host}\nboot {host}{boot}\nuptime {100 * boot}\ntime 2026-01-0{boot}\nticks 20\n"
                f"row slab x Recl bytes={boot * 1000}+1\n"))
    document = report(tmp_path)
    assert [(f["host"], f["samples"], f["epochs"], f["growth_bytes"]) for f in document["findings"]] == \
        [("a", 40, 2, 38), ("b", 40, 2, 38)]
    assert [(h["host"], h["boots"]) for h in document["hosts"]] == [("a", 2), ("b", 2)]


def log_of(path, tags, host="h", n=60, extra=()):
    """tags: name -> what its row says at moment i."""
    lines = [f'{{"time":"2026-01-01T00:00:00.000Z","uptime_s":1000,"pool":"event","tag":"start","note":"host={host} '
             f'boot_id={host} interval_s=1"}}', *extra]
    lines += [json.dumps({"time": f"2026-01-01T00:{i // 60:02}:{i % 60:02}.000Z", "uptime_s": 1000 + i, "pool": "system",
                          "tag": tag, "type": "Nonp", **row(i)}) for i in range(n) for tag, row in tags.items()]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_sentences_say_which_of_several_hosts(tmp_path):
    rng = random.Random(1)
    steps, noise = ([rng.randrange(n) for _ in range(60)] for n in (9, 3))
    tags = {"One": lambda i: {"diff": 50 + sum(steps[:i])}, "Two": lambda i: {"diff": 50 + 2 * sum(steps[:i]) + noise[i]}}
    logs = [log_of(tmp_path / host, tags, host) for host in ("left", "right")]
    summary = json.loads(analyze("report", "--format", "json", "--fail-on", "leak", *logs).stdout)["summary"]
    grouped = [sentence for sentence in summary if "in lockstep" in sentence]
    assert sorted(sentence.split(" grow")[0] for sentence in grouped) == ["2 tags of left", "2 tags of right"]
    fails = next(sentence for sentence in summary if sentence.startswith("The rules fail"))
    assert "system/One on left" in fails and "system/Two on right" in fails
    assert " of " not in next(s for s in report(logs[0])["summary"] if "in lockstep" in s).split(" grow")[0]


def test_evidence_does_not_round_to_all_or_nothing(tmp_path):
    finding = report(log_of(tmp_path / "a", {"Leak": lambda i: {
        "allocs": 1000000 * i, "frees": 999999 * i, "diff": i, "bytes": 64 * i}}))["findings"][0]
    assert "58999941 frees for 59000000 allocations (0.999999)" in finding["evidence"]
    finding = report(log_of(tmp_path / "b", {"Down": lambda i: {
        "allocs": 7 * i, "frees": 7 * i, "diff": 9 if i < 30 else 8, "bytes": 64}}))["findings"][0]
    assert "never rose, fell in 1 of 59 steps" in finding["evidence"]
    assert "413 frees for 413 allocations (1.000)" in finding["evidence"]


def test_the_floor_is_rounded_to_the_nearest_byte(tmp_path):
    tags = {"Odd": lambda i: {"diff": 100 + 2 * i, "bytes": 100 * i + 32}}
    finding = report(log_of(tmp_path / "log", tags))["findings"][0]
    last = finding["last_bytes"] / finding["last_diff"]
    floor = min(100 + 2 * i for i in range(52, 60)) - 100  # of the last eighth of 60 samples, over the least of all
    assert abs(finding["floor_growth_bytes"] - floor * last) <= 0.5 and floor * last % 1 > 0.5


def test_objects_that_grow_are_told_from_those_that_become_more(tmp_path):
    finding = report(log_of(tmp_path / "log", {"Size": lambda i: {"diff": 5, "bytes": 1024 * (60 - i)}}))["findings"][0]
    assert finding["evidence"] == "did not change in 59 s in number, but in size by -59.0 KiB"
    finding = report(log_of(tmp_path / "log", {"Size": lambda i: {"bytes": 1024}}))["findings"][0]
    assert finding["evidence"] == "did not change in 59 s"


def test_what_did_not_happen_is_not_told(tmp_path):
    gap = ('{"time":"2026-01-01T00:00:00.000Z","uptime_s":1000,"pool":"event","tag":"gap","note":"missed=2 '
           'cause=\\"disk full\\""}')
    summary = report(log_of(tmp_path / "log", {"Tag1": lambda i: {"diff": 5, "bytes": 64}}, extra=(gap,)))["summary"]
    assert summary[-1] == "2 ticks were missed."


def test_what_can_not_be_judged_is_told(tmp_path):
    """No news of a leak is no good news then."""
    path = log_of(tmp_path / "gap", {"One": lambda i: {"diff": i}}, n=7)
    path.write_text("".join(row for row in path.open() if ":03.000Z" not in row))
    assert report(path)["findings"][0]["evidence"] == "6 samples only"
    path = log_of(tmp_path / "short", {"One": lambda i: {"diff": i}}, n=7)
    document = report(path)
    assert document["findings"][0]["evidence"] == "7 samples only"
    assert document["summary"][1] == "No tag grows like a leak. 1 of 1 tag can't be judged: record longer, without gaps."
    rows = path.read_text().splitlines(keepends=True)
    later = [row.replace("2026-01-01", "2026-01-02").replace('"uptime_s": 100', '"uptime_s": 8740') for row in rows[1:]]
    path.write_text("".join(rows + later))
    assert report(path)["findings"][0]["evidence"] == \
        "14 samples, but most of the time between the first and the last is missing"
    assert "can't" not in report(log_of(tmp_path / "long", {"One": lambda i: {"diff": i}}))["summary"][1]


def test_a_clock_that_is_set_back_leaves_the_time_covered(tmp_path):
    path = log_of(tmp_path / "log", {"One": lambda i: {"diff": i}})
    text = path.read_text()
    for second in range(30):
        text = text.replace(f"2026-01-01T00:00:{second:02}.000Z", f"2026-01-01T05:00:{second:02}.000Z")
    path.write_text(text)
    assert "05:00:00 to 2026-01-01 00:00:59 UTC (59 s, the clock was set back): 60 snapshots" in report(path)["summary"][0]
    result = analyze("diff", path, path)
    assert "00:00:59 UTC (59 s, the clock was set back): 60 snapshots" in result.stdout


def test_figures_are_written_for_people(tmp_path):
    marks = [f'{{"time":"2026-01-01T00:00:{i:02}.000Z","uptime_s":{1000 + i},"pool":"event","tag":"mark",'
             '"note":"text=cycle"}' for i in range(0, 60, 20)]
    path = log_of(tmp_path / "log", {"Big": lambda i: {"diff": 1000 * i + i % 3, "bytes": 65536 * (1000 * i + i % 3)}})
    rows = path.read_text().splitlines()
    path.write_text("\n".join(sorted(rows + marks, key=lambda row: row[:40].replace(" ", ""))) + "\n")
    text = analyze("report", "--format", "markdown", path).stdout
    assert re.search(r" \+- \*\*[\d.]+ MiB/h\*\* ", text) and re.search(r" \+- objects \*\*\d+\*\* ", text)
    assert re.search(r"Objects/h \*\*\+\d{7}\*\* ", text)
    assert " Per object **64.0 KiB** " in text and re.search(r" Bytes/cycle \*\*1\.\d GiB\*\* ", text)

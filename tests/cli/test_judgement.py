# SPDX-License-Identifier: MIT
"""What a course of a tag is called: the plainest of each kind, noise, and what can't be judged."""
import math
import random

import pytest
from harness import analyze, report

N = 400
HEAD = "time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n"
START = "2026-01-01 00:00:00.000,1000,event,start,,,,,,,,schema=poolmon-log/1 host=a os=Linux boot_id={boot} interval_s=5\n"


def moment(i):
    return f"2026-01-01 {i * 5 // 3600:02}:{i * 5 // 60 % 60:02}:{i * 5 % 60:02}.000,{1000 + 5 * i}"


def write(path, tags, resets=()):
    """tags: name to a list of (allocs, frees, diff) or of diff alone."""
    lines = [HEAD, START.format(boot=0)]
    for i in range(max(map(len, tags.values()))):
        if i in resets:
            lines.append(START.format(boot=i).replace("2026-01-01 00:00:00.000,1000", moment(i)))
        for name, values in tags.items():
            if i < len(values) and values[i] is not None:
                counts = values[i] if isinstance(values[i], tuple) else ("", "", values[i])
                lines.append(f"{moment(i)},system,{name},Nonp,{counts[0]},{counts[1]},{counts[2]},{counts[2] * 64},64,,\n")
    path.write_text("".join(lines))
    return path


def judge(path, *words):
    return {finding["tag"]: finding for finding in report(path, *words)["findings"]}


def noise(seed, size=10):
    generator = random.Random(seed)
    return [round(generator.gauss(0, size)) for _ in range(N)]


def course(shape, seed=1, size=10):
    return [max(0, 1000 + round(shape(i / N)) + noise) for i, noise in zip(range(N), noise(seed, size))]


SHAPES = {
    "leak": lambda u: 500 * u,
    "leak-late": lambda u: 800 * max(0, u - 0.4),
    "warming-up": lambda u: 500 * (1 - math.exp(-u / 0.12)),
    "pinned": lambda u: 500 * min(1, u / 0.4),
    "step": lambda u: 500 * (u > 0.45),
    "cyclic": lambda u: 500 * (u * 6 % 1),
    "stable": lambda u: 0,
    "shrinking": lambda u: 500 * (1 - u),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_plainest_of_each_kind_has_its_name(tmp_path, name):
    tags = {f"{name}-{seed}": course(SHAPES[name], seed) for seed in range(8)}
    for tag, finding in judge(write(tmp_path / "log", tags)).items():
        assert finding["verdict"] == name.removesuffix("-late"), (tag, finding["evidence"])
        assert (finding["score"] >= 0.8) == name.startswith("leak")


@pytest.mark.parametrize("end", [0.8, 0.85])
def test_what_has_just_filled_up_does_not_grow_now(tmp_path, end):
    tags = {f"fill-{seed}": course(lambda u: 500 * min(1, u / end), seed) for seed in range(8)}
    tags |= {f"leak-{seed}": course(SHAPES["leak"], seed) for seed in range(8)}
    for tag, finding in judge(write(tmp_path / "log", tags)).items():
        assert (finding["verdict"] == "leak") == tag.startswith("leak"), (tag, finding["evidence"])
        if finding["verdict"] == "probable":
            assert "it slows down towards the end" in finding["evidence"]


def test_load_is_told_from_a_leak_by_its_allocations(tmp_path):
    generator = random.Random(4)
    tags = {"load": [], "both": []}
    sums = {name: [0, 0] for name in tags}
    for i in range(N):
        rate = round(100 * (1 + i / N)) + generator.randrange(-5, 6)
        for name, leak in (("load", 0), ("both", 4)):
            sums[name][0] += rate + leak
            sums[name][1] = sums[name][0] - 5 * rate - leak * i
            tags[name].append((sums[name][0], max(0, sums[name][1]), sums[name][0] - max(0, sums[name][1])))
    findings = judge(write(tmp_path / "log", tags))
    assert findings["load"]["verdict"] == "follows-load" and findings["load"]["load_share"] > 0.9
    assert findings["both"]["verdict"] == "leak"
    # without the counters nobody could tell
    assert judge(tmp_path / "log", "--no-counters")["load"]["verdict"] == "leak"


def test_what_is_allocated_ever_less_while_it_fills_does_not_follow_load(tmp_path):
    """A cache takes the more the emptier it is: the rate explains much of its course, but the wrong way round."""
    levels = course(SHAPES["warming-up"], size=2)
    rates = [max(0, 20 + (levels[i] - levels[i - 1] if i > 0 else 0)) for i in range(N)]
    allocs = [sum(rates[:i + 1]) for i in range(N)]
    finding = judge(write(tmp_path / "log", {"x": [(a, a + 1000 - level, level) for a, level in zip(allocs, levels)]}))["x"]
    assert finding["verdict"] == "warming-up" and finding["load_share"] == 0


def test_what_moved_but_once_does_not_follow_load(tmp_path):
    values = [(200 + 2 * (i >= 6100), 100 + 2 * (i >= 6350), 100 + 2 * (6100 <= i < 6350)) for i in range(40 * N)]
    finding = judge(write(tmp_path / "log", {"x": values}))["x"]
    assert finding["verdict"] == "stable" and finding["evidence"].startswith("no lasting growth")


def test_growth_is_dated_and_sized(tmp_path):
    finding = judge(write(tmp_path / "log", {"x": course(SHAPES["leak-late"], 3)}))["x"]
    assert "2026-01-01T00:11" < finding["first_seen_growing"] < "2026-01-01T00:16"
    assert finding["still_growing"] is True
    assert 400 * 64 < finding["floor_growth_bytes"] < 520 * 64
    assert finding["bytes_per_object"] == 64
    assert finding["slope_low"] < finding["slope_bytes_per_hour"] < finding["slope_high"]
    true_slope = 800 * 64 / (N * 5 / 3600) * 0.64  # what a straight line makes of such a bend
    assert finding["slope_low"] < true_slope * 1.2 and finding["slope_high"] > true_slope * 0.8


def test_the_interval_of_the_slope_holds_the_truth(tmp_path):
    """Noise that hangs together makes slopes less sure than independent noise does."""
    generator = random.Random(8)
    tags = {}
    for tag in range(200):
        level, values = 0, []
        for i in range(N):
            level = 0.8 * level + generator.gauss(0, 20)
            values.append(round(2000 + i + level))
        tags[f"t{tag:03}"] = values
    findings = judge(write(tmp_path / "log", tags)).values()
    truth = 64 * 3600 / 5
    held = sum(f["slope_low"] <= truth <= f["slope_high"] for f in findings)
    assert 170 <= held <= 199
    plain = sum(abs(f["slope_bytes_per_hour"] - truth) <= 1.96 * f["slope_stderr"] for f in findings)
    assert plain < held - 20


def test_noise_is_rarely_called_a_leak(tmp_path):
    tags = {f"t{seed:04}": course(SHAPES["stable"], seed) for seed in range(1000)}
    verdicts = [finding["verdict"] for finding in judge(write(tmp_path / "log", tags)).values()]
    assert verdicts.count("leak") <= 2 and verdicts.count("probable") <= 25


def test_restarts_neither_hide_nor_make_a_leak(tmp_path):
    leak = [1000 + 3 * (i % 100) + noise for i, noise in zip(range(N), noise(5, 6))]
    flat = [1000 + 100 * (i // 100) + noise for i, noise in zip(range(N), noise(6, 6))]
    findings = judge(write(tmp_path / "log", {"leak": leak, "flat": flat}, resets=(100, 200, 300)))
    assert findings["leak"]["verdict"] == "leak" and findings["leak"]["epochs"] == 4
    assert findings["flat"]["verdict"] == "stable"


def test_gaps_are_counted(tmp_path):
    values = [None if 100 <= i < 150 or i == 200 else value for i, value in enumerate(course(SHAPES["leak"]))]
    finding = judge(write(tmp_path / "log", {"x": values}))["x"]
    assert finding["gaps"] == 2 and finding["verdict"] == "leak"


@pytest.mark.parametrize("values, verdict", [
    ([5], "too-short"), ([5, 6], "too-short"), ([0] * 50, "stable"), ([7] * 50, "stable"),
    ([2 ** 57] * 50, "stable"), ([i % 2 * 2 ** 57 for i in range(50)], None),
    ([i << 50 for i in range(120)], "leak"), ([0] * 49 + [1], None), ([1] + [0] * 49, None)])
def test_whatever_it_is_there_is_a_verdict(tmp_path, values, verdict):
    path = write(tmp_path / "log", {"x": values})
    text = analyze("report", "--format", "json", "--all", path).stdout
    assert "nan" not in text.lower() and "inf" not in text.replace("info", "").lower()
    finding = judge(path)["x"]
    assert verdict in (None, finding["verdict"]) and 0 <= finding["score"] <= 1
    if verdict is None:
        assert finding["verdict"] not in ("leak", "probable")


def test_a_few_samples_are_ranked_but_not_judged(tmp_path):
    tags = {"flat": [100, 100, 100, 100], "noise": [90, 110, 95, 105], "leak": [10, 20, 30, 40]}
    findings = report(write(tmp_path / "log", tags))["findings"]
    assert [finding["tag"] for finding in findings][0] == "leak"
    assert {finding["verdict"] for finding in findings} == {"too-short"}
    assert findings[0]["score"] < 0.5


def test_parts_and_threads_change_nothing(tmp_path):
    tags = {f"{name}-{seed}": course(SHAPES[name], seed) for name in SHAPES for seed in range(3)}
    path = write(tmp_path / "log", tags, resets=(150, 151, 300))
    whole = analyze("report", "--format", "json", "--all", path).stdout
    lines = path.read_text().splitlines(keepends=True)
    split = tmp_path / "split"
    split.mkdir()
    size = len(tags) * 37
    for number, at in enumerate(range(1, len(lines), size)):
        # a piece of a log has the start row that was last before it
        start = next(line for line in reversed(lines[:max(at, 2)]) if ",event,start," in line)
        first = lines[at].split(",", 2)[:2]
        (split / f"{number:03}.csv").write_text(
            HEAD + ",".join(first + start.split(",", 2)[2:]) + "".join(lines[at:at + size]))
    for jobs in ("1", "2", "8"):
        assert analyze("report", "--format", "json", "--all", "--jobs", jobs, path).stdout == whole
        parts = report(split, "--jobs", jobs)
        assert parts["findings"] == report(path)["findings"]


def lockstep(seed, ratios, own=0, n=N):
    """Tags that take objects at the same events, each as many as its ratio; and `own` leaks with events of their own."""
    chance = random.Random(seed)
    tags = {name: [] for name in [*ratios, *(f"own{i}" for i in range(own))]}
    sums = dict.fromkeys(tags, 0)
    frees = dict.fromkeys(tags, 0)
    for _ in range(n):
        events = max(0, round(chance.gauss(40, 12)))
        for name in tags:
            sums[name] += round(events * ratios[name]) if name in ratios else max(0, round(chance.gauss(40, 12)))
            frees[name] += chance.randrange(200) + (3000 if name != "WCsc" else 0)
            level = sums[name] + max(0, round(chance.gauss(300, 5)))
            tags[name].append((frees[name] + level, frees[name], level))
    return tags


def test_what_grows_in_lockstep_is_one_finding(tmp_path):
    ratios = {"NtfC": 1, "FOCX": 1, "IoFE": 2, "WCsc": 1}
    path = write(tmp_path / "log", {**lockstep(4, ratios, own=6), "flat": course(SHAPES["stable"])})
    document = report(path)
    groups = {finding["tag"]: finding.get("group") for finding in document["findings"]}
    assert {tag for tag, group in groups.items() if group} == set(ratios)
    root = next(finding for finding in document["findings"] if finding["tag"] == "WCsc")
    assert set(groups.values()) == {"WCsc", None} and root["group_ratio"] == 1
    by_rank = [finding["tag"] for finding in document["findings"]]
    assert set(by_rank[root["rank"] - 1:root["rank"] + 3]) == set(ratios)
    for finding in document["findings"]:
        if finding.get("group"):
            assert finding["group_ratio"] == pytest.approx(ratios[finding["tag"]], rel=2e-3)
            assert ("group_members" in finding) == (finding["tag"] == "WCsc")
    sentence = next(text for text in document["summary"] if "lockstep" in text)
    assert sentence.startswith("4 tags grow in lockstep") and " WCsc : " in sentence and "1.000 : " in sentence


@pytest.mark.parametrize("seed", range(4))
def test_what_merely_runs_in_parallel_is_not_grouped(tmp_path, seed):
    findings = report(write(tmp_path / "log", lockstep(seed, {}, own=20)))["findings"]
    assert sum(finding["verdict"] == "leak" for finding in findings) >= 18
    assert not any("group" in finding for finding in findings)


def test_it_says_how_long_memory_lasts(tmp_path):
    path = write(tmp_path / "log", {"x": [1000 + 10 * i for i in range(N)]})
    lines = path.read_text().splitlines(keepends=True)
    lines.append(f"{moment(N)},memory,Avail,,,,,{64 * 10 * 720 * 3},,,\n")  # bytes that last three hours
    path.write_text("".join(lines))
    document = report(path)
    assert "At this rate available memory lasts 3 h." in document["summary"][1]
    finding = next(finding for finding in document["findings"] if finding["tag"] == "x")
    assert finding["exhausted_in_s"] == pytest.approx(3 * 3600, rel=1e-3)


@pytest.mark.parametrize("kind, avail, commit, limit, hours, said", [
    ("Nonp", 3, 0, None, 3, "available memory lasts 3 h"),  # no limit known
    ("Nonp", 3, 5, 9, 3, "available memory lasts 3 h"),
    ("Nonp", 3, 5, 7, 2, "the commit limit is reached in 2 h"),
    ("Paged", 3, 5, 9, 4, "the commit limit is reached in 4 h"),  # it need not stay in memory
    ("Paged", 3, 0, None, 3, "available memory lasts 3 h"),
    ("Nonp", None, 5, 7, 2, "the commit limit is reached in 2 h"),
    ("Nonp", None, 7, 7, None, None), ("Paged", 3, 8, 7, None, None),
    ("Recl", 3, 5, 6, 3, "available memory lasts 3 h"),  # Linux promises without keeping it
])
def test_windows_pools_count_against_the_commit_limit(tmp_path, kind, avail, commit, limit, hours, said):
    path = tmp_path / "log"
    pool, hourly = "slab" if kind == "Recl" else "system", 64 * 10 * 720
    lines = [HEAD] + [f"{moment(i)},{pool},x,{kind},,,{1000 + 10 * i},{64 * (1000 + 10 * i)},,,\n" for i in range(N)]
    for tag, amount in (("Avail", avail), ("Commit", commit), ("Limit", limit)):
        if amount is not None:
            lines.append(f"{moment(N)},memory,{tag},,,,,{hourly * amount},,,\n")
    path.write_text("".join(lines))
    document = report(path)
    assert document["findings"][0].get("exhausted_in_s") == (hours and pytest.approx(hours * 3600, rel=1e-3))
    assert ("At this rate" in document["summary"][1]) == (said is not None)
    assert said is None or said in document["summary"][1]


def test_two_short_recordings_hours_apart_are_judged(tmp_path):
    for gap in (1200, 4 * 3600):
        lines = [HEAD, START.format(boot=0)]
        for begin in (0, gap):
            for i in range(600):
                second = begin + i
                when = f"2026-01-01 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000,{1000 + second}"
                lines.append(f"{when},system,leak,Nonp,,,{second},{64 * second},64,,\n")
                lines.append(f"{when},system,flat,Nonp,,,{50 + second * 7 % 5},{64 * (50 + second * 7 % 5)},64,,\n")
        (tmp_path / "log").write_text("".join(lines))
        found = judge(tmp_path / "log")
        assert (found["leak"]["verdict"], found["flat"]["verdict"]) == ("leak", "stable"), gap


def test_levels_near_the_largest_number_are_told_apart(tmp_path):
    levels = [(1 << 63) + i + noise for i, noise in enumerate(noise(1, 3))]
    lines = [HEAD, START.format(boot=0)]
    lines += [f"{moment(i)},slab,huge,,,,{level},,,,\n" for i, level in enumerate(levels)]
    (tmp_path / "log").write_text("".join(lines))
    assert judge(tmp_path / "log")["huge"]["verdict"] == "leak"


def test_where_nothing_is_freed_no_load_explains_it(tmp_path):
    generator = random.Random(2)
    total, kept = 500, []
    for i in range(N):
        total += generator.randrange(round(10 * (1 + i / N)))
        kept.append((total, 0, total))
    finding = judge(write(tmp_path / "log", {"kept": kept}))["kept"]
    assert finding["verdict"] == "leak" and finding["load_share"] == 0


def test_objects_that_grow_in_size_alone_are_seen(tmp_path):
    generator = random.Random(5)
    lines = [HEAD, START.format(boot=0)]
    for i in range(N):
        sizes = {"same": (100, 64 * 100), "larger": (100, (64 + i) * 100 + generator.randrange(500)),
                 "mixed": (100 + i % 3, (64 + i) * (100 + i % 3)), "wavers": (100, 6400 + generator.randrange(3000))}
        lines += [f"{moment(i)},system,{tag},Nonp,,,{count},{size},,,\n" for tag, (count, size) in sizes.items()]
    (tmp_path / "log").write_text("".join(lines))
    found = judge(tmp_path / "log")
    assert {tag: finding["verdict"] for tag, finding in found.items()} == {
        "same": "stable", "larger": "probable", "mixed": "leak", "wavers": "stable"}
    assert "did not change in 33 min 15 s in number, but in size by +" in found["larger"]["evidence"]
    assert "each grew from 64 to 463 bytes" in found["mixed"]["evidence"]


def write_levels(path, tags):
    """tags: (name, type, bytes of an object) to levels."""
    lines = [HEAD, START.format(boot=0)]
    for i in range(N):
        for (name, kind, size), levels in tags.items():
            lines.append(f"{moment(i)},slab,{name},{kind},,,{levels[i]},{levels[i] * size},{size},,\n")
    path.write_text("".join(lines))
    return path


def test_of_what_leaks_almost_surely_the_faster_is_first(tmp_path):
    steady = [1000 + 2 * i for i in range(N)]  # .98
    noisy = course(lambda u: 600 * u + 500 * (u * 6 % 1), size=30)  # .96
    found = report(write_levels(tmp_path / "log", {("small", "Unrecl", 8): steady, ("large", "Unrecl", 4096): noisy}))["findings"]
    assert [finding["tag"] for finding in found] == ["large", "small"]
    assert {finding["verdict"] for finding in found} == {"leak"} and 0.95 < found[0]["score"] < found[1]["score"] - 0.01


def test_that_some_may_come_back_is_told_of_reclaimable_caches(tmp_path):
    leak, flat = [1000 + 2 * i for i in range(N)], [1000] * N
    several = {("a", "Recl", 8): leak, ("b", "Unrecl", 8): [level * 3 for level in leak], ("c", "Recl", 8): flat}
    told = report(write_levels(tmp_path / "several", several))["summary"]
    assert any(line.startswith("1 of them is a reclaimable cache (Recl)") and "drop_caches" in line for line in told)
    told = report(write_levels(tmp_path / "one", {("a", "Recl", 8): leak}))["summary"]
    assert any(line.startswith("It is a reclaimable cache (Recl)") for line in told)
    for kind, levels in (("Unrecl", leak), ("Recl", flat)):
        assert "reclaimable" not in str(report(write_levels(tmp_path / "none", {("a", kind, 8): levels}))["summary"])


def test_it_is_told_where_the_last_sample_is_no_higher_than_the_first(tmp_path):
    levels = course(SHAPES["leak"], size=3)
    levels[0] = levels[-1] + 5
    finding = judge(write(tmp_path / "log", {"x": levels}))["x"]
    assert finding["verdict"] in ("leak", "probable") and finding["growth_bytes"] < 0
    assert "though its last sample is no higher than its first" in finding["evidence"]


@pytest.mark.parametrize("top, told", [(1, " The first one is shown."), (2, " The first 2 are shown."), (3, "/h."), (0, "/h.")])
def test_it_is_told_that_not_all_leaks_are_shown(tmp_path, top, told):
    path = write(tmp_path / "log", {name: [1000 + 2 * i for i in range(N)] for name in "abc"})
    result = analyze("report", "--all" if top == 0 else f"--top={top}", path)
    assert result.stdout.splitlines()[1].endswith(told) and "3 tags leak: " in result.stdout

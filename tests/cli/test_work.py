# SPDX-License-Identifier: MIT
"""Growth held against work: units of it, cycles between marks, a quiet phase at the end; by a model of our own."""
import random

import pytest
from harness import analyze, log, report

HEAD = "time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n"
WORK = {"units", "per_unit_objects", "per_unit_bytes", "per_unit_low", "per_unit_high", "cycles", "rose_in_cycles",
        "growth_per_cycle_objects", "growth_per_cycle_bytes", "quiet_kept_share", "freed_in_quiet_bytes", "work"}


def clock(i):
    return f"2026-01-01 {i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}.000,{1000 + i}"


def start(i, host="a", boot=0):
    return f"{clock(i)},event,start,,,,,,,,schema=poolmon-log/1 host={host} os=Linux boot_id={host}{boot} interval_s=1\n"


def mark(i, text):
    return f'{clock(i)},event,mark,,,,,,,,"text=""{text}"""\n'


def row(i, tag, diff, allocs=None, size=64):
    counts = f"{allocs},{allocs - diff}" if allocs is not None else ","
    return f"{clock(i)},system,{tag},Nonp,{counts},{diff},{diff * size},{size},,\n"


def judge(*words):
    return {(finding.get("host"), finding["tag"]): finding for finding in report(*words)["findings"]}


def of(path, tag, *words, host="a"):
    return judge(path, *words)[host, tag]


def slope(points):
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    sxx = sum((x - mx) ** 2 for x, _ in points)
    return sum((x - mx) * (y - my) for x, y in points) / sxx if sxx else 0


# ---- units ----


def launches(path, per_launch=2, n=600, seed=5, base=0, reboot=None):
    """Processes start at an uneven pace; each leaves some objects; two other tags do not care."""
    generator = random.Random(seed)
    lines = [HEAD, start(0)]
    launched = leaked = 0
    for i in range(n):
        if i == reboot:
            lines.append(start(i, boot=1))
        now = generator.randrange(0, 20) * (1 + i * 3 // n)
        launched += now if i else 0
        leaked += now * per_launch if i else 0
        lines += [row(i, "Aaaa", base + leaked, 5000 + leaked * 3), row(i, "Proc", 40, 100 + launched),
                  row(i, "Zzzz", base + leaked, 5000 + leaked * 3),
                  row(i, "Wave", 500 + generator.randrange(100))]
    path.write_text("".join(lines))
    return launched


def test_objects_per_process_launched(tmp_path):
    units = launches(tmp_path / "log")
    document = report("--per", "Proc", tmp_path / "log")
    assert document["input"]["units"] == units
    findings = {finding["tag"]: finding for finding in document["findings"]}
    for tag in ("Aaaa", "Zzzz"):  # before and behind the unit in each snapshot
        assert findings[tag]["units"] == units
        assert findings[tag]["per_unit_objects"] == 2 and findings[tag]["per_unit_bytes"] == 128
        assert 1.9 < findings[tag]["per_unit_low"] <= 2.001 and 1.999 <= findings[tag]["per_unit_high"] < 2.1
        assert f"+2 objects per unit (Proc: {units} units" in findings[tag]["work"]
    wave = findings["Wave"]
    assert wave["per_unit_low"] < 0 < wave["per_unit_high"] < 0.01
    assert wave["per_unit_objects"] == pytest.approx(wave["growth_objects"] / units)


@pytest.mark.parametrize("unit", ["system/Proc", "Nonp/Proc", "system/Nonp/Pr*", "Pro?"])
def test_a_unit_is_a_selector(tmp_path, unit):
    units = launches(tmp_path / "log", n=60)
    assert of(tmp_path / "log", "Aaaa", "--per", unit)["units"] == units


def test_several_unit_tags_add_up(tmp_path):
    lines = [HEAD, start(0)]
    for i in range(101):
        lines += [row(i, "Pro1", 5, 10 + 3 * i), row(i, "Pro2", 5, 20 + 2 * i), row(i, "Leak", 10 + 10 * i, 20 + 10 * i)]
    (tmp_path / "log").write_text("".join(lines))
    finding = of(tmp_path / "log", "Leak", "--per", "Pro?")
    assert finding["units"] == 500 and finding["per_unit_objects"] == 2
    assert finding["per_unit_low"] == pytest.approx(2) and finding["per_unit_high"] == pytest.approx(2)


def test_a_tag_that_comes_later_is_held_against_its_own_time(tmp_path):
    """Nothing happens for half of the time; then a driver is loaded, and its stress begins."""
    lines = [HEAD, start(0)]
    for i in range(1000):
        busy = max(0, i - 500)
        lines.append(row(i, "Proc", 5, 10 + 4 * busy))
        if busy:
            lines.append(row(i, "Leak", 8 * busy, 8 * busy))
    (tmp_path / "log").write_text("".join(lines))
    finding = of(tmp_path / "log", "Leak", "--per", "Proc")
    assert finding["units"] == pytest.approx(4 * 498, rel=0.02)
    assert finding["per_unit_objects"] == pytest.approx(2, rel=0.02)


def test_a_reboot_leaves_the_sum_and_drops_the_interval(tmp_path):
    launches(tmp_path / "log", reboot=300)
    finding = of(tmp_path / "log", "Aaaa", "--per", "Proc")
    assert finding["epochs"] == 2 and "per_unit_low" not in finding
    assert finding["per_unit_objects"] == pytest.approx(2, rel=0.02)


def test_marks_are_units_of_their_host(tmp_path):
    for host, every, leak in (("a", 5, 30), ("b", 10, 20)):
        lines = [HEAD, start(0, host)]
        for i in range(101):
            if i % every == 1:
                lines.append(mark(i, f"request {i}"))
            if i == 50:
                lines.append(mark(i, "lunch"))
            lines.append(row(i, "Leak", leak * (i // every)))
        (tmp_path / f"{host}.csv").write_text("".join(lines))
    for logs in ([tmp_path / "a.csv", tmp_path / "b.csv"], [tmp_path / "b.csv", tmp_path / "a.csv"]):
        findings = judge("--per", "mark:request", *logs)
        assert findings["a", "Leak"]["units"] == 20 and findings["a", "Leak"]["per_unit_objects"] == 30
        assert findings["b", "Leak"]["units"] == 10 and findings["b", "Leak"]["per_unit_objects"] == 20
        assert report("--per", "mark:request", *logs)["input"]["units"] == 30
        assert report("--per", "mark:", *logs)["input"]["units"] == 32


@pytest.mark.parametrize("unit, status, message", [
    ("Nope", 3, 'no tag that was read is called "Nope"; name another tag'),
    ("Free", 3, 'the allocations of "Free" are not in these logs; name a tag with allocs and frees, or set marks'),
    ("mark:nope", 3, 'no mark begins with "nope"; the marks that there are: poolmon-analyze info'),
    ("", 2, "--per needs a tag, or mark:TEXT")])
def test_what_can_not_be_counted_is_told(tmp_path, unit, status, message):
    (tmp_path / "log").write_text(HEAD + start(0) + row(1, "Free", 5) + row(1, "Proc", 5, 5) + mark(2, "x") + row(3, "Proc", 5, 9))
    result = analyze("report", "--per", unit, tmp_path / "log", "-o", tmp_path / "out")
    assert result.returncode == status and message in result.stderr
    assert not (tmp_path / "out").exists()
    if unit == "Nope":
        assert analyze("report", "--per", "Proc", "--exclude", "Proc", tmp_path / "log").returncode == 3


def test_no_work_done_is_no_division_by_zero(tmp_path):
    (tmp_path / "log").write_text(HEAD + start(0) + "".join(row(i, "Proc", 5, 5) + row(i, "Leak", i) for i in range(50)))
    document = report("--per", "Proc", tmp_path / "log")
    assert document["input"]["units"] == 0
    assert all(not WORK & set(finding) for finding in document["findings"])


# ---- cycles and the quiet phase ----


def random_log(generator, path):
    """Rows, marks and reboots of two hosts; and what each series must say, worked out the simple way."""
    texts = ["cycle", "cycle 9", "quiet", "quiet please", "tea", "cycles of the moon"]
    files, wanted = {"a": [HEAD], "b": [HEAD]}, {}
    for host in files:
        boot, marks, seen = 0, [], {"x": [], "y": []}
        files[host].append(start(0, host))
        rare = generator.choice((8, 25, 60))
        for i in range(1, generator.choice((30, 400))):
            if generator.randrange(150) == 0:
                boot += 1
                files[host].append(start(i, host, boot))
            if generator.randrange(rare) == 0:
                text = generator.choice(texts)
                marks.append((i, text))
                files[host].append(mark(i, text))
            for tag in seen:
                if generator.randrange(5):
                    level = 500 + i + generator.randrange(60)
                    seen[tag].append((i, boot, level, len(marks)))
                    files[host].append(row(i, tag, level))
        for tag, samples in seen.items():
            wanted[host, tag] = model(samples, [text for _, text in marks])
    paths = []
    for host, lines in files.items():
        paths.append(path / f"{host}.csv")
        paths[-1].write_text("".join(lines))
    return paths, wanted


def model(samples, marks):
    """samples: (second, boot, level, marks before it)."""
    out = {}
    last_boot = samples[-1][1] if samples else 0
    bounds = [n for n, text in enumerate(marks, 1) if text.startswith("cycle")]
    floors = []
    for number, (a, b) in enumerate(zip(bounds, bounds[1:])):
        inside = [s for s in samples if a <= s[3] < b]
        if inside and {s[1] for s in inside} == {last_boot}:
            floors.append((number, min(s[2] for s in inside)))
    out["cycles"] = len(floors) or None
    if len(floors) > 1:
        out["rose_in_cycles"] = sum(y < z for (_, y), (_, z) in zip(floors, floors[1:]))
        out["growth_per_cycle_objects"] = slope(floors)
        out["growth_per_cycle_bytes"] = 64 * slope(floors)
    quiet = [False] + [text.startswith("quiet") for text in marks]
    phases = []  # (begins with mark, ends before mark)
    for n in range(1, len(quiet)):
        if quiet[n] and not quiet[n - 1]:
            phases.append([n, len(quiet)])
        if not quiet[n] and quiet[n - 1]:
            phases[-1][1] = n
    for a, b in reversed(phases):
        inside = [s for s in samples if a <= s[3] < b]
        before = [s for s in samples if s[3] < a]
        if not inside:
            continue
        if not before or before[-1][1] != last_boot or inside[-1][1] != last_boot:
            break
        first = next(s[2] for s in samples if s[1] == last_boot)
        out["freed_in_quiet_bytes"] = 64 * (before[-1][2] - inside[-1][2])
        if before[-1][2] > first:
            out["quiet_kept_share"] = (inside[-1][2] - first) / (before[-1][2] - first)
        break
    return {key: value for key, value in out.items() if value is not None}


@pytest.mark.parametrize("seed", range(12))
def test_cycles_and_quiet_phases_are_those_of_the_model(tmp_path, seed):
    paths, wanted = random_log(random.Random(seed), tmp_path)
    findings = judge(*paths)
    for key, model_says in wanted.items():
        if key not in findings:
            continue
        found = {name: findings[key][name] for name in WORK - {"work"} if name in findings[key]}
        assert found == {name: pytest.approx(value, rel=1e-9, abs=1e-9) for name, value in model_says.items()}, key


def test_a_leak_from_cycle_to_cycle_is_told_from_a_cache(script, tmp_path):
    lines = ["interval 1s", "ticks 212"]
    lines += [f"mark {5 + 10 * i} cycle {i}" for i in range(21)] + ["mark 206 quiet"]
    for i in range(21):
        lines.append(f"row slab leak Recl diff={1000 + 50 * i}+20%10 bytes={64000 + 3200 * i}+1280%10 from={10 * i} until={10 * i + 9}")
    lines += ["row slab leak Recl diff=2050 bytes=131200 from=210",
              "row slab cache Recl diff=500+20%10 bytes=32000+1280%10"]
    log("-q", "-s", script("\n".join(lines)), "-o", tmp_path / "log")
    findings = judge(tmp_path / "log")
    leak, cache = findings["scripted", "leak"], findings["scripted", "cache"]
    assert leak["cycles"] == 20 and leak["rose_in_cycles"] == 19 and leak["growth_per_cycle_objects"] == 50
    assert "higher after 19 of 19 cycles, +50 objects a cycle" in leak["work"]
    assert cache["cycles"] == 20 and cache["rose_in_cycles"] == 0 and cache["growth_per_cycle_objects"] == 0
    assert leak["quiet_kept_share"] > 0.9


@pytest.mark.parametrize("end, share, words", [
    (1500, 1, "after the load stopped 100 % of the growth stayed"),
    (1485, 0.97, "after the load stopped 97 % of the growth stayed"),
    (990, -0.02, "after the load stopped all of the growth was freed"),
    (1750, 1.5, "after the load stopped it grew further, to 150 % of that")])
def test_was_it_freed_after_the_load_stopped(tmp_path, end, share, words):
    lines = [HEAD, start(0)] + [row(i, "Leak", 1000 + 5 * i) for i in range(101)] + [mark(101, "quiet")]
    lines += [row(101 + i, "Leak", 1500 + (end - 1500) * i // 20) for i in range(21)]
    (tmp_path / "log").write_text("".join(lines))
    finding = of(tmp_path / "log", "Leak")
    assert finding["quiet_kept_share"] == pytest.approx(share) and finding["work"] == words
    assert finding["freed_in_quiet_bytes"] == (1500 - end) * 64
    for name in ("text", "markdown", "html"):
        assert words in " ".join(analyze("report", "--format", name, tmp_path / "log").stdout.split())


@pytest.mark.parametrize("lines", [
    [mark(1, "cycle"), mark(2, "quiet"), mark(3, "cycle")],
    [mark(1, "quiet"), mark(2, "cycle"), row(3, "x", 2**64 - 1, size=0)],
    [row(1, "x", 5), mark(2, "quiet"), mark(2, "cycle")],
    [row(1, "x", 0), mark(2, "cycle"), row(2, "x", 2**64 - 1, size=0), mark(3, "cycle"), row(4, "x", 0), mark(5, "cycle"),
     mark(5, "quiet"), row(6, "x", 2**64 - 1, size=0)],
    [f"{clock(1)},event,mark,,,,,,,,\n", row(2, "x", 1), f"{clock(3)},event,mark,,,,,,,,text=\n", row(4, "x", 3)]])
def test_odd_logs_have_finite_figures(tmp_path, lines):
    (tmp_path / "log").write_text(HEAD + start(0) + "".join(lines) + row(9, "y", 1))
    for words in ([], ["--per", "mark:"]):
        result = analyze("report", "--format", "json", "--all", *words, tmp_path / "log")
        assert result.returncode == 0 and "nan" not in result.stdout.lower() and "inf" not in result.stdout.replace("info", "")


def test_the_number_of_jobs_and_files_does_not_matter(tmp_path):
    """Ten megabytes, so that a scan has parts; and the same cut into files in the middle of cycles."""
    generator = random.Random(3)
    moments, launched = [], 0
    for i in range(2000):
        launched += generator.randrange(9)
        lines = [mark(i, generator.choice(("cycle", "cycle", "tea", "quiet")))] if generator.randrange(30) == 0 else []
        lines += [row(i, f"tag{tag:02}", 1000 + i * (tag % 3) + generator.randrange(50), 9000 + i * 60) for tag in range(80)]
        moments.append("".join(lines + [row(i, "Proc", 7, 7 + launched)]))
    (tmp_path / "whole.csv").write_text(HEAD + start(0) + "".join(moments))
    words = ["report", "--format", "csv", "--all", "--per", "Proc"]
    whole = analyze(*words, "-j", 1, tmp_path / "whole.csv").stdout
    assert whole.count("a cycle") == 81 and "growth stayed" in whole
    for jobs in (2, 8):
        assert analyze(*words, "-j", jobs, tmp_path / "whole.csv").stdout == whole
    cuts = [0] + sorted(generator.sample(range(2000), 9)) + [2000]
    (tmp_path / "cut").mkdir()
    for n, (a, b) in enumerate(zip(cuts, cuts[1:])):
        (tmp_path / "cut" / f"{n}.csv").write_text(HEAD + start(a) + "".join(moments[a:b]))
    assert analyze(*words, tmp_path / "cut").stdout == whole

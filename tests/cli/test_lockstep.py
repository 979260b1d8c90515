# SPDX-License-Identifier: MIT
"""Tags that leak together among 2,000 others (tests/lockstep.py)."""
import math
import random

import lockstep
import pytest

from harness import report


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("lockstep") / "log.csv"
    alone = lockstep.write_log(path)
    return alone, report(path)["findings"]


def test_the_four_that_leak_rank_first(found):
    alone, findings = found
    first = findings[:len(lockstep.MEMBERS) + len(alone)]
    assert len(findings) == 2004
    assert {finding["tag"] for finding in first} == {*lockstep.MEMBERS, *alone}
    assert {finding["verdict"] for finding in first} == {"leak"}


def test_they_grow_in_proportion(found):
    by_tag = {finding["tag"]: finding["slope_objects_per_hour"] for finding in found[1]}
    for name, share in lockstep.MEMBERS.items():
        assert by_tag[name] / by_tag["WCsc"] == pytest.approx(share, abs=0.0005)


def test_few_of_the_others_are_called_leaks(found):
    alone, findings = found
    others = [finding for finding in findings if finding["tag"] not in (*lockstep.MEMBERS, *alone)]
    assert sum(finding["verdict"] == "leak" for finding in others) <= 2


def test_they_are_one_group_with_its_cause_and_ratios(found):
    alone, findings = found
    groups = {finding["tag"]: finding for finding in findings if "group" in finding}
    assert set(groups) == set(lockstep.MEMBERS)  # not the one that leaks under the same load
    assert {finding["group"] for finding in groups.values()} == {"WCsc"}
    for name, share in lockstep.MEMBERS.items():
        assert groups[name]["group_ratio"] == pytest.approx(share, abs=0.0005)
    ranks = sorted(finding["rank"] for finding in groups.values())
    assert ranks == list(range(ranks[0], ranks[0] + 4)) and groups["WCsc"]["rank"] == ranks[0]


def write_levels(path, courses, size=64):
    """courses: tag to the objects that are outstanding at each sample, every 5 s."""
    with open(path, "w", encoding="utf-8") as log:
        log.write("time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n")
        for i in range(max(map(len, courses.values()))):
            for tag, levels in courses.items():
                log.write(f"2026-01-01 {i * 5 // 3600:02}:{i * 5 // 60 % 60:02}:{i * 5 % 60:02}.000,{100 + 5 * i},slab,{tag},,,,"
                          f"{levels[i]},{size * levels[i]},{size},,\n")
    return path


def groups(path):
    found = {}
    for finding in report(path)["findings"]:
        if "group" in finding:
            found.setdefault(finding["group"], {})[finding["tag"]] = finding["group_ratio"]
    return found


def events(generator, rates):
    """How many have come by each sample, at random at these rates."""
    level, levels = 0, []
    for rate in rates:
        level += sum(generator.random() < rate / 50 for _ in range(50))
        levels.append(level)
    return levels


@pytest.mark.parametrize("samples", [60, 300])
def test_leaks_under_one_load_are_not_one(tmp_path, samples):
    generator = random.Random(samples)
    load = [1 + 0.8 * math.sin(2 * math.pi * i / (samples / 3)) for i in range(samples)]
    courses = {f"t{tag}": events(generator, [rate * share for share in load])
               for tag, rate in enumerate(generator.uniform(2, 10) for _ in range(24))}
    assert groups(write_levels(tmp_path / "log.csv", courses)) == {}


def test_leaks_that_warm_up_at_once_are_not_one(tmp_path):
    generator = random.Random(3)
    warm = [1 - math.exp(-i / 4) for i in range(60)]
    courses = {f"t{tag}": [level + round(size * share) for level, share in zip(events(generator, [4] * 60), warm)]
               for tag, size in enumerate([50, 100, 200, 300, 500] * 2)}
    assert groups(write_levels(tmp_path / "log.csv", courses)) == {}


def test_what_comes_with_each_of_another_is_one_with_it(tmp_path):
    generator = random.Random(7)
    root = events(generator, [5] * 60)
    courses = {"one": root, "two": [2 * level for level in root],
               "like": [level + generator.randrange(3) for level in root], "other": events(generator, [5] * 60)}
    (found,) = groups(write_levels(tmp_path / "log.csv", courses)).values()
    assert set(found) == {"one", "two", "like"}
    assert max(found.values()) / min(found.values()) == pytest.approx(2, abs=0.02)


@pytest.mark.parametrize("phase", range(0, 14, 2))
def test_caches_counted_in_whole_slabs_are_one_when_each_takes_one_more_at_its_own_time(tmp_path, phase):
    """As 14, 19 and 21 objects are in a slab, what is left of each beside its trend goes against the others' by chance."""
    courses = {name: [(250 * i + phase) // slab * slab for i in range(41)]
               for name, slab in {"signal_cache": 14, "sock_inode_cache": 19, "filp": 21}.items()}
    (found,) = groups(write_levels(tmp_path / "log.csv", courses)).values()
    assert set(found) == set(courses)

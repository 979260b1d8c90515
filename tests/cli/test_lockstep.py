# SPDX-License-Identifier: MIT
"""Tags that leak together among 2,000 others (tests/lockstep.py)."""
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

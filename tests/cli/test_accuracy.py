# SPDX-License-Identifier: MIT
"""How well leaks are told from everything else, on made series that the judgement was not fitted on.

Bounds are below what 20 other seeds gave; scripts/bench --accuracy has the whole picture.
"""
import pytest

import accuracy

SAMPLES, PER_SHAPE, SEED = 300, 40, 77


@pytest.fixture(scope="module")
def result():
    return accuracy.Result(accuracy.Made(SAMPLES, PER_SHAPE, SEED),
                           accuracy.Made(SAMPLES, 2 * PER_SHAPE, SEED + 1, accuracy.COMMON), pairs=False)


def test_leaks_rank_before_the_rest(result):
    areas = {name: accuracy.area_under_roc(scores, result.log.truth) for name, scores in result.scores.items()}
    assert areas["poolmon"] >= 0.955
    assert areas["poolmon --no-counters"] >= 0.915
    for name, area in areas.items():
        if "poolmon" not in name:
            assert areas["poolmon"] > area + 0.02, name


def test_what_is_called_a_leak_is_one(result):
    recall, hard, ordinary = accuracy.rates(result.all_judged[0], result.all_truth, ("leak",))
    assert recall >= 0.65
    assert hard <= 25 and ordinary <= 8


def test_scores_are_the_share_that_leaks(result):
    tenths = accuracy.reliability(result.judged[0], result.log.truth)
    leaks, n = tenths[8]
    assert n > 50 and 0.75 <= leaks / n <= 0.95
    assert tenths[9][0] / tenths[9][1] >= 0.95
    assert tenths[0][0] / tenths[0][1] <= 0.1


def test_the_same_seed_makes_the_same_log():
    one, again, other = (accuracy.Made(20, 1, seed).courses() for seed in (1, 1, 2))
    assert one == again and one != other
    assert len(one) == len(accuracy.Made(20, 1, 1).truth)


def test_other_shapes_are_told_apart_as_well():
    other = accuracy.Result(accuracy.Made(SAMPLES, PER_SHAPE, SEED, ("others",)), pairs=False)
    assert not set(known["shape"] for known in other.log.truth.values()) & set(accuracy.COMMON)
    assert accuracy.area_under_roc(other.scores["poolmon"], other.log.truth) >= 0.94
    recall, hard, ordinary = accuracy.rates(other.all_judged[0], other.all_truth, ("leak",))
    assert recall >= 0.7 and hard <= 45 and ordinary is None

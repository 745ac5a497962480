from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.stats import SEED, Estimate, Validation, validate
from grader.stats.bootstrap import percentiles, weight_blocks

GOLDENS = sorted((Path(__file__).parent / "goldens").glob("*.json"))
TOLERANCE = 1e-6


def golden(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GOLDENS[0].parent / f"{name}.json").read_text("utf-8"))
    return loaded


def validated(inputs: dict[str, Any], **rest: Any) -> Validation:
    return validate(
        inputs["machine"],
        inputs["human"],
        inputs["question"],
        scale=inputs["scale"],
        second=inputs["second"],
        lengths=inputs["length"],
        groups=inputs["group"],
        **{"resamples": 50} | rest,
    )


def value(found: Any, path: str) -> Any:
    for name in path.split("."):
        found = None if found is None else getattr(found, name)
    return found.value if isinstance(found, Estimate) else found


def check(found: Any, expected: dict[str, Any]) -> None:
    wrong = {}
    for path, wanted in expected.items():
        got = value(found, path)
        if got != wanted and (None in (got, wanted) or abs(got - wanted) > TOLERANCE):
            wrong[path] = got, wanted
    assert wrong == {}


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_equals_rsmtool(path: Path) -> None:
    case = golden(path.stem)
    found = validated(case["inputs"])
    check(found.overall, case["overall"])
    assert {group.group for group in found.subgroups} == case["groups"].keys()
    for group in found.subgroups:
        expected = dict(case["groups"][group.group])
        beside = {name: expected.pop(name) for name in list(expected) if "dsm" in name}
        check(group, beside)
        check(group.statistics, expected)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_fairness_equals_rsmtool(path: Path) -> None:
    case = golden(path.stem)
    found = validated(case["inputs"]).fairness
    assert found is not None
    assert found.reference == case["fairness"]["reference"]
    for name in ("osa", "osd", "csd"):
        measure, expected = getattr(found, name), case["fairness"][name]
        check(measure, {"r2": expected["r2"], "p": expected["p"]})
        differences = {each.group: each.difference.value for each in measure.differences}
        assert differences == pytest.approx(expected["differences"], abs=TOLERANCE)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_confusion_and_distribution_equal_rsmtool(path: Path) -> None:
    case = golden(path.stem)
    found = validated(case["inputs"]).overall
    labels = case["confusion"]["labels"]
    table = np.array(found.confusion)
    assert table.shape == (case["inputs"]["scale"] + 1,) * 2
    assert table[np.ix_(labels, labels)].tolist() == case["confusion"]["rows"]
    assert table.sum() == found.n
    for category in found.distribution:
        human, machine = case["distribution"].get(f"{category.grade:g}", (0, 0))
        assert category.human == pytest.approx(human, abs=TOLERANCE)
        assert category.machine == pytest.approx(machine, abs=TOLERANCE)
        assert category.difference.value == pytest.approx(machine - human, abs=TOLERANCE)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_what_rsmtool_gives_a_constant_for_is_undefined_here(path: Path) -> None:
    case = golden(path.stem)
    found = validated(case["inputs"])
    groups: dict[str | None, Any] = {group.group: group.statistics for group in found.subgroups}
    for name, constants in case["conventions"].items():
        side = groups[name] if name else found.overall
        assert all(value(side, path) is None for path in constants)


def estimates(found: Any, path: str = "") -> dict[str, Estimate]:
    """Every estimate in the results, by where it stands."""
    if isinstance(found, Estimate):
        return {path: found}
    if isinstance(found, tuple):
        # Subgroups of a resample may come in another order of size.
        names = [each.group if hasattr(each, "group") else str(n) for n, each in enumerate(found)]
        parts = dict(zip(names, found, strict=True))
    elif hasattr(found, "__struct_fields__"):
        parts = {name: getattr(found, name) for name in found.__struct_fields__}
    else:
        return {}
    return {k: v for n, part in parts.items() for k, v in estimates(part, f"{path}.{n}").items()}


@pytest.mark.parametrize("name", ["two_raters", "continuous"])
def test_intervals_are_percentiles_of_the_statistics_of_resampled_answers(name: str) -> None:
    inputs, resamples = golden(name)["inputs"], 30
    found = estimates(validated(inputs, resamples=resamples))
    labels = sorted(set(inputs["question"]))
    (weights,) = weight_blocks(len(labels), resamples, SEED)
    again: dict[str, list[float]] = {key: [] for key in found}
    for row in weights:
        times = [int(row[labels.index(question)]) for question in inputs["question"]]
        drawn = {
            key: [v for v, n in zip(side, times, strict=True) for _ in range(n)]
            for key, side in inputs.items()
            if key != "scale"
        }
        for key, estimate in estimates(
            validated(drawn | {"scale": inputs["scale"]}, resamples=1)
        ).items():
            if key in again:
                again[key].append(math.nan if estimate.value is None else estimate.value)
    assert len(found) > 150
    for key, estimate in found.items():
        if key.endswith("difference") and ".fairness" in key:
            continue  # the reference of a resample may be another subgroup
        low, high = percentiles(np.array(again[key]), 0.95)
        assert (estimate.low is None) == (low is None), key
        if low is not None:
            assert estimate.low == pytest.approx(low, abs=1e-9), key
            assert estimate.high == pytest.approx(high, abs=1e-9), key


def test_differences_of_subgroups_are_resampled_against_one_reference() -> None:
    inputs = golden("two_raters")["inputs"]
    found = validated(inputs, resamples=400).fairness
    assert found is not None
    for measure in (found.osa, found.osd, found.csd):
        for each in measure.differences:
            interval = each.difference
            assert interval.low is not None
            assert interval.value is not None
            assert interval.high is not None
            assert interval.low < interval.value < interval.high


GRADES = st.lists(
    st.tuples(
        st.floats(0, 5),
        st.integers(0, 5),
        st.none() | st.integers(0, 5),
        st.sampled_from("pqr"),
        st.sampled_from(["a", "b", None]),
    ),
    min_size=1,
    max_size=25,
)


@given(GRADES)
@settings(max_examples=30, deadline=None)
def test_ranges(rows: list[tuple[float, int, int | None, str, str | None]]) -> None:
    machine, human, second, questions, groups = map(list, zip(*rows, strict=True))
    found = validate(
        machine, human, questions, scale=5, second=second, lengths=machine, groups=groups,
        resamples=40,
    )  # fmt: skip
    assert sum(map(sum, found.overall.confusion)) == found.overall.n == len(rows)
    assert sum(group.statistics.n for group in found.subgroups) == len(rows)
    assert sum(question.n for question in found.questions) == len(rows)
    for key, estimate in estimates(found).items():
        name = key.rsplit(".", 1)[-1]
        if estimate.value is None:
            assert (estimate.low, estimate.high) == (None, None)
            continue
        least, most = -math.inf, math.inf
        if name in {"pearson", "spearman", "qwk", "qwk_continuous", "within", "partial"}:
            least, most = (-2, 2) if "degradation" in key else (-1, 1)
        elif name in {"exact", "adjacent"} and "degradation" not in key:
            least, most = 0, 1
        elif name in {"rmse", "sd", "error_variance"}:
            least = 0
        elif name in {"kappa", "r2"} and "fairness" not in key:
            most = 2 if "degradation" in key else 1
        assert least - 1e-9 <= estimate.value <= most + 1e-9, key
        if estimate.low is not None and estimate.high is not None:
            assert estimate.low <= estimate.high


def test_equal_grades_agree_perfectly() -> None:
    human = [0, 1, 2, 3, 4, 4, 1, 0]
    found = validate(human, human, list("aabbccdd"), scale=4, second=human).overall
    for name in ("pearson", "spearman", "qwk", "qwk_continuous", "kappa", "exact", "r2", "within"):
        assert getattr(found, name).value == pytest.approx(1), name
    assert found.rmse.value == found.smd.value == 0
    assert found.true_score is not None
    assert found.true_score.error_variance.value == 0
    assert found.true_score.prmse.value == pytest.approx(1)


def test_a_finer_step_is_the_same_scale_in_other_units() -> None:
    inputs = golden("two_raters")["inputs"]
    quarters: dict[str, Any] = dict(inputs, scale=1)
    for side in ("machine", "human", "second"):
        quarters[side] = [None if v is None else v / 4 for v in inputs[side]]
    whole, fine = (
        estimates(validated(inputs)),
        estimates(validated(quarters, step=0.25)),
    )
    scaled = {"mean": 4, "sd": 4, "rmse": 4, "error_variance": 16, "true_variance": 16, "mse": 16}
    for key, estimate in whole.items():
        if ".fairness" in key:
            continue  # squared errors and errors have units of their own
        factor = scaled.get(key.rsplit(".", 1)[-1], 1)
        again = fine[key].value
        assert (again is None) == (estimate.value is None), key
        if again is not None:
            assert again * factor == pytest.approx(estimate.value, abs=1e-9), key


def test_halves_round_to_even_however_binary_writes_them() -> None:
    found = validate([0.15, 0.25, 0.35], [0.2, 0.2, 0.4], ["a"] * 3, scale=1, step=0.1)
    assert found.overall.exact.value == 1


def test_answers_without_both_grades_are_left_out_and_counted() -> None:
    inputs = golden("two_raters")["inputs"]
    holes = dict(inputs, machine=[None, math.nan, *inputs["machine"][2:]])
    holes["human"] = [*inputs["human"][:-1], None]
    found = validated(holes)
    cut = {k: v if k == "scale" else v[2:-1] for k, v in inputs.items()}
    assert found.missing == 3
    assert validated(cut).overall == found.overall
    assert validated(cut).subgroups == found.subgroups


def test_without_second_rater_lengths_and_groups() -> None:
    inputs = golden("one_rater")["inputs"]
    found = validate(inputs["machine"], inputs["human"], inputs["question"], scale=20)
    assert found.subgroups == ()
    assert found.fairness is None
    overall = found.overall
    assert overall.raters is overall.degradation is overall.true_score is None
    assert {overall.disattenuated, overall.length, overall.partial} == {Estimate(None)}


def test_one_subgroup_has_no_fairness_and_no_difference() -> None:
    inputs = golden("one_rater")["inputs"]
    found = validated(dict(inputs, group=["all"] * 90))
    assert found.fairness is None
    assert found.subgroups[0].dsm.value == pytest.approx(0, abs=1e-12)
    assert found.subgroups[0].statistics == found.overall


def test_answers_without_a_subgroup_are_one_of_their_own_and_come_last() -> None:
    inputs = golden("one_rater")["inputs"]
    found = validated(dict(inputs, group=["x", None] * 45))
    assert [group.group for group in found.subgroups] == ["x", None]


def test_one_question_gives_values_without_intervals() -> None:
    inputs = golden("two_raters")["inputs"]
    found = validated(dict(inputs, question=["q"] * 240))
    assert found.overall.within.value == pytest.approx(found.overall.pearson.value)
    assert all(each.low is None for each in estimates(found).values())


def test_one_answer_has_no_spread() -> None:
    found = validate([1.2], [2], ["q"], scale=3, second=[1], lengths=[5]).overall
    assert found.exact.value == 0
    assert found.rmse.value == pytest.approx(0.8)
    assert found.human.sd == found.pearson == found.smd == found.r2 == Estimate(None)


def test_raters_who_disagree_more_than_answers_differ_leave_prmse_undefined() -> None:
    found = validate([1, 1, 2], [0, 3, 0], list("abc"), scale=3, second=[3, 0, 3]).overall
    assert found.true_score is not None
    true_variance = found.true_score.true_variance.value
    assert true_variance is not None
    assert true_variance < 0
    assert found.true_score.prmse == Estimate(None)


def test_by_question_lowest_correlation_first_unknown_last() -> None:
    found = validate(
        [0, 1, 2, 2, 1, 0, 1, 1], [0, 1, 2, 0, 1, 2, 1, 2], list("aaabbbcd"), scale=2
    ).questions
    assert [(q.question_id, q.n) for q in found] == [("b", 3), ("a", 3), ("c", 1), ("d", 1)]
    assert [q.pearson for q in found] == [-1, 1, None, None]
    assert (found[3].human, found[3].machine) == (2, 1)


def test_many_different_human_grades_leave_csd_without_interval() -> None:
    random = np.random.default_rng(1)
    human = random.uniform(0, 1, 900)
    machine = human + random.normal(0, 0.1, 900)
    groups = ["a", "b"] * 450
    found = validate(
        machine.tolist(), human.tolist(), [str(n % 9) for n in range(900)], scale=1, step=0.1,
        groups=groups, resamples=20,
    ).fairness  # fmt: skip
    assert found is not None
    assert found.osd.r2.low is not None
    assert found.csd.r2.low is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"second": [1.0]}, "differ in length"),
        ({"scale": 2.5}, "not a whole number of steps"),
        ({"scale": 0}, "above 0"),
        ({"step": -1.0}, "above 0"),
        ({"scale": 3}, r"outside 0\.\.3"),
        ({"second": [1.0, 9.0]}, r"outside 0\.\.4"),
        ({"human": [None, -1.0]}, r"outside 0\.\.4"),
        ({"human": [None, None]}, "no answer has both"),
        ({"level": 1.0}, "level"),
    ],
)
def test_wrong_arguments(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "machine": [1.0, 2.0], "human": [1.0, 4.0], "questions": ["a", "b"], "scale": 4,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        validate(**arguments | change)

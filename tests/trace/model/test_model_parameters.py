"""Parameters go to JSON and back, and are found by name."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.model import Parameters, parse_parameters
from simulator.trace.model.stored import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable


def test_json_gives_back_what_it_was_given(parameters: Parameters, known: Parameters) -> None:
    """Both ways lose nothing: the text of the parameters is theirs, and theirs the text's."""
    for each in (parameters, known):
        assert parse_parameters(each.to_json()) == each
    assert parse_parameters(parameters.to_json()).to_json() == parameters.to_json()


def test_parameters_carry_six_digits_and_no_more(parameters: Parameters) -> None:
    """The last bits of a fit are another machine's rounding."""

    def check(number: str) -> float:
        assert float(f"{float(number):.6g}") == float(number)
        return float(number)

    json.loads(parameters.to_json(), parse_float=check)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"workloads": [{}]}', '{"workloads": [], "name": "x"}', "\0"])
def test_other_files_are_refused(text: str) -> None:
    """What is no model says so, and says how to make one."""
    with pytest.raises(TraceError, match=r"not the parameters of a trace model.*simulator trace fit"):
        parse_parameters(text)


def test_a_parameter_too_many_or_too_few_is_named(parameters: Parameters) -> None:
    """A file of another version is refused with the name of the field."""
    text = parameters.to_json().replace('"floor_w"', '"flour_w"', 1).replace('"spreads"', '"x"', 1)
    with pytest.raises(TraceError) as raised:
        parse_parameters(text)
    for part in (
        "unknown workloads[0].machines.a40.flour_w; did you mean 'floor_w'",
        "no workloads[0].targets[0].spreads",
    ):
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dynamic_w": -5.0}, "workloads[1].machines.old.dynamic_w is -5.0, not a number above 0"),
        ({"busy_share": 1.5}, "busy_share is 1.5, not a number from 0 to 1"),
        ({"half_size": "20"}, "half_size is '20', not a number above 0"),
        ({"idle_w": True}, "idle_w is True, not a number of 0 or above"),
        ({"steady_s": float("nan")}, "steady_s is nan"),
        ({"batch_sizes": 8}, "batch_sizes is 8, not a list"),
        ({"batch_sizes": [8.5]}, "batch_sizes[0] is 8.5, not a whole number above 0"),
        ({"time_residual": 0}, "time_residual holds '0', not an object"),
        ({"floor_w": 30.0}, "words, net, adam on old: floor_w 30 is not above idle_w 40"),
        ({"power_limits": [200, 100]}, "power_limits on old are not ascending"),
        ({"batch_sizes": []}, "batch_sizes on old are not ascending, or none"),
    ],
)
def test_what_cannot_be_is_refused(known: Parameters, change: dict[str, Any], says: str) -> None:
    """Types, signs and what contradicts itself are said with their place."""
    data = json.loads(known.to_json())
    data["workloads"][1]["machines"]["old"] |= change
    with pytest.raises(TraceError) as raised:
        parse_parameters(json.dumps(data))
    assert says in str(raised.value)


def test_everything_wrong_is_said_at_once(known: Parameters) -> None:
    """Wrong fields of several curves come in one message, and so do lists of unequal lengths."""
    data = json.loads(known.to_json())
    data["workloads"][0]["machines"]["old"]["idle_w"] = -1
    data["workloads"][1]["targets"][0]["chances"][2] = 2
    with pytest.raises(TraceError, match=r"idle_w is -1.*chances\[2\] is 2"):
        parse_parameters(json.dumps(data))
    data = json.loads(known.to_json())
    del data["workloads"][1]["targets"][0]["spreads"][3:], data["workloads"][0]["learning_rates"][0]
    with pytest.raises(TraceError, match=r"6 learning_rates for 7 batch sizes.*3 spreads to 0.5 for 7 batch sizes"):
        parse_parameters(json.dumps(data))


def test_every_field_is_checked() -> None:
    """A field that is added to a curve must be told apart from nonsense."""
    for kind, checked in FIELDS.items():
        assert [field.name for field in fields(kind)] == sorted(checked, key=[f.name for f in fields(kind)].index)


def test_a_workload_is_found_by_as_many_words_as_it_takes(parameters: Parameters, workload: Callable[..., Any]) -> None:
    """cifar100 has two optimizers, but runs were recorded with one: that one is meant unless the other is named."""
    assert parameters.workload("cifar100").optimizer == "adadelta"
    assert parameters.workload("cifar100", optimizer="adam").targets == ()
    with pytest.raises(NotInTraceError, match=r"did you mean 'squad'.*fitted are.*librispeech"):
        parameters.workload("squat")


def test_an_ambiguous_workload_is_refused(known: Parameters, workload: Callable[..., Any]) -> None:
    """Two that fit equally well are both named."""
    twice = replace(known, workloads=(workload("words"), replace(workload("words"), optimizer="sgd")))
    with pytest.raises(NotInTraceError, match=r"ambiguous.*words, net, adam; words, net, sgd"):
        twice.workload("words")


def test_targets_that_were_not_fitted_are_listed(known: Parameters, workload: Callable[..., Any]) -> None:
    """An unknown target names those that exist."""
    with pytest.raises(NotInTraceError, match=r"no fitted target 0.9 for words, net, adam; fitted are 0.5, 0.7"):
        known.workload("words").target(0.9)


def test_learning_rates_follow_a_power_law_between_and_beyond(known: Parameters, workload: Callable[..., Any]) -> None:
    """Recorded with the square root of the size, they go on that way."""
    words = known.workload("words")
    assert [words.learning_rate(size) for size in (2, 8, 18, 512, 800)] == [0.0005, 0.001, 0.0015, 0.008, 0.01]
    alone = replace(words, batch_sizes=(8,), learning_rates=(0.001,))
    assert alone.learning_rate(64) == 0.001

"""Parameters go to JSON and back, and are found by name."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from simulator.errors import NotInTraceError, TraceError
from simulator.trace.model import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable


def test_json_gives_back_what_it_was_given(parameters: Parameters, known: Parameters) -> None:
    """Both ways lose nothing: the text of the parameters is theirs, and theirs the text's."""
    for each in (parameters, known):
        assert Parameters.from_json(each.to_json()) == each
    assert Parameters.from_json(parameters.to_json()).to_json() == parameters.to_json()


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
        Parameters.from_json(text)


def test_a_parameter_too_many_or_too_few_is_named(parameters: Parameters) -> None:
    """A file of another version is refused with the name of the field."""
    text = parameters.to_json()
    for wrong, name in ((text.replace('"floor_w"', '"flour_w"'), "flour_w"), (text.replace('"spread"', '"x"'), "'x'")):
        with pytest.raises(TraceError, match=name):
            Parameters.from_json(wrong)


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

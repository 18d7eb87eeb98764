"""What the end of a script says of its run."""

from __future__ import annotations

import os

import pytest

from simulator.collect.protocol import Event
from simulator.collect.run.ending import Ending, judge, memory_kills
from simulator.collect.run.progress import Goal, Progress
from simulator.collect.run.watch import foreign

OOM = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB"


@pytest.mark.parametrize(
    ("exit_code", "last_lines", "killed", "status", "reason"),
    [
        (1, OOM, False, "infeasible", "out of memory on the GPU"),
        (1, "jaxlib.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory", False, "infeasible", "RESOURCE_EXHAUSTED"),
        (137, "", True, "infeasible", "memory is full"),
        (-9, "", True, "infeasible", "memory is full"),
        (-9, "", False, "failed", "signal SIGKILL"),
        (-11, "", True, "failed", "signal SIGSEGV"),
        (3, "wrong data", True, "failed", "exit code 3; its last lines:\nwrong data"),
        (0, "", False, "failed", "no_events"),
    ],
)
def test_how_a_script_ended_decides_what_the_run_counts_as(exit_code, last_lines, killed, status, reason):
    """Only memory makes a batch size infeasible; a kill counts as such if the kernel killed anything."""
    verdict = judge(Ending("exit"), Progress(Goal(most=3)), exit_code, last_lines, killed=killed)
    assert verdict.status == status
    assert reason in verdict.reason


def test_out_of_memory_is_seen_behind_what_a_launcher_says_after_it():
    """Launchers print a report of many lines about a rank that failed."""
    output = "\n".join([OOM, *(f"line {n} of the report" for n in range(40))])
    verdict = judge(Ending("exit"), Progress(Goal(most=3)), 1, output, killed=False)
    assert verdict.status == "infeasible"
    assert verdict.reason.endswith("line 39 of the report")
    assert "line 31 " not in verdict.reason


@pytest.mark.parametrize("why", ["exit", "enough"])
@pytest.mark.parametrize(
    ("metrics", "said"),
    [({"accuracy": 0.1, "loss": 3.0}, "it reported 'accuracy', 'loss'; did you mean 'accuracy'?"),
     ({"f1": 3.0}, "it reported 'f1'. Say metric"), ({}, "no metric")],
)  # fmt: skip
def test_a_target_that_is_about_nothing_is_refused(why, metrics, said):
    """The script reports other metrics, or none; a power run needs none."""
    told = [Event("epoch_start", 1, 0, 7, 0, {}), Event("epoch_end", 2, 0, 7, 0, {"metrics": metrics})]
    progress, power = Progress(Goal(most=1, metric="acuracy", target=0.5)), Progress(Goal(most=1, epochs=1))
    for each in (progress, power):
        each.take(told)
        each.finish()
    verdict = judge(Ending(why), progress, 0, "", killed=False)
    assert verdict.reason.startswith("no_metric: the script never reported 'acuracy'")
    assert said in verdict.reason
    assert judge(Ending(why), power, 0, "", killed=False).status == "done"


def test_the_kernel_says_how_often_memory_was_full():
    """Or that it does not say."""
    kills = memory_kills()
    assert kills is None or kills >= 0


def test_whose_process_it_is_can_only_be_told_where_numbers_mean_the_same():
    """In a container NVML may list processes by numbers that exist nowhere here."""
    me, other, nowhere = os.getpid(), os.getppid(), 2**22 - 1
    assert foreign([me, other], frozenset({me})) == [other]
    assert foreign([me, nowhere], frozenset({me})) == [nowhere]
    assert foreign([nowhere], frozenset({me})) == []
    assert foreign([other], frozenset({me})) == [other]

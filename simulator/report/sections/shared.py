"""What several sections need: replays place by place, and summaries of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simulator.compare import BASELINE
from simulator.report.damage import SPOILT, reason
from simulator.report.origin import tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

    from simulator.report.evidence import Evidence
    from simulator.report.model import Drawing, Place
    from simulator.report.tables import Replay

__all__ = ["Part", "aside", "attempted", "ending", "extremes", "main_policies", "parts", "unbroken"]

#: Policies that findings speak of first, where they are there.
_FIRST = ("pruning-gts", "gts")

#: How the names of policies begin that know what the others have to learn.
_KNOWING = "oracle"


class Part(NamedTuple):
    """Replays of one job on one GPU.

    Parameters
    ----------
    name
        Part of ids; unlike that of any other part.
    place
        Job and GPU in short.
    title
        The same in words, with the name of the folder where two folders hold the same.
    tag
        What nobody recorded.
    replay
        The result table that it is from.
    runs, summary, configurations
        Its rows; a row a policy; what configurations are expected to cost, if that is known.
    policies
        Its policies that got through, in the order of the page.
    """

    name: str
    place: Place
    title: str
    tag: str
    replay: Replay
    runs: pd.DataFrame
    summary: pd.DataFrame
    configurations: pd.DataFrame | None
    policies: tuple[str, ...]


def parts(evidence: Evidence) -> Iterator[Part]:
    """Go through all replays, job by job and GPU by GPU."""
    several = [(evidence.names.place(*at), replay.overlapping) for replay in evidence.replays for at in replay.places]
    for i, replay in enumerate(evidence.replays):
        for k, ((job, gpu), runs) in enumerate(replay.places.items()):
            place = evidence.names.place(job, gpu)
            yield Part(
                name=f"{i}-{k}",
                place=place,
                title=f"{place}{_notes(replay, several.count((place, replay.overlapping)))}",
                tag=tag(evidence, [job], submissions=replay.overlapping),
                replay=replay,
                runs=runs,
                summary=(summary := replay.summary_of(job, gpu)),
                configurations=replay.configurations_of(job, gpu),
                policies=tuple(policy for policy in evidence.policies if policy in summary.index),
            )


def _notes(replay: Replay, alike: int) -> str:
    """Tell replays of the same job and GPU apart."""
    notes = ["overlapping"] * replay.overlapping + [replay.label] * (alike > 1)
    return f" ({', '.join(notes)})" if notes else ""


def main_policies(policies: tuple[str, ...]) -> list[str]:
    """Choose the policies that a finding speaks of: the baseline, and the published policy or the next one."""
    others = [policy for policy in (*_FIRST, *policies) if policy in policies and policy != BASELINE]
    return [*([BASELINE] if BASELINE in policies else []), *others[:1]]


def ending(summary: pd.DataFrame, policy: str) -> tuple[int, int] | None:
    """Find the batch size and power limit [W] that most seeds of a policy end with."""
    if policy not in summary.index:
        return None
    return int(summary["batch_size"][policy]), int(summary["power_limit_w"][policy])


def extremes(amounts: pd.Series) -> tuple[str, str]:
    """Name the policies with the least and the most of something; not the oracle, which knows what others learn."""
    learned = amounts[[policy for policy in amounts.index if not str(policy).startswith(_KNOWING)]]
    amounts = learned if len(learned) else amounts
    return str(amounts.idxmin()), str(amounts.idxmax())


def unbroken(part: Part, amounts: pd.Series) -> pd.Series:
    """Leave out policies that lost seeds, whose amounts are those of the luckier rest; unless nothing else is there."""
    survivors = part.summary["survivors_only"].reindex(amounts.index)
    return amounts.loc[~survivors] if (~survivors).any() else amounts


def aside(policies: Iterable[str]) -> str:
    """Say that the oracle is left aside, where there is one beside others; for the beginning of a sentence."""
    known = [str(policy) for policy in policies]
    knowing = [policy for policy in known if policy.startswith(_KNOWING)]
    return f"Apart from {knowing[0]}, " if knowing and len(knowing) < len(known) else ""


def attempted(
    chosen: Iterable[Part], make: Callable[[Part], Drawing | None]
) -> tuple[tuple[Drawing, ...], tuple[str, ...]]:
    """Make a figure of each part; of those that cannot be made, say why."""
    drawings: list[Drawing] = []
    notes: list[str] = []
    for part in chosen:
        try:
            drawing = make(part)
        except SPOILT as error:
            notes.append(f"{part.title}: {reason(error)}")
        else:
            drawings += [drawing] if drawing else []
    return tuple(drawings), tuple(notes)

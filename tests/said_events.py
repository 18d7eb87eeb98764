"""Events in few words, and the times of the epochs that come of them."""

from __future__ import annotations

from simulator.collect.protocol import Event


def said(*words, pid=1, rank=0):
    """Events from words such as ``epoch_start@10`` or ``eval_end@20 accuracy=0.5 epoch=3``; times in ns."""
    events = []
    for word in words:
        (kind, at), facts = word.split()[0].split("@"), [pair.split("=") for pair in word.split()[1:]]
        whole = {name: int(value) for name, value in facts if name in ("epoch", "steps", "samples")}
        metrics = {name: float(value) for name, value in facts if name not in whole}
        events.append(Event(kind, int(at), int(at), pid, rank, whole | ({"metrics": metrics} if metrics else {})))
    return events


def times(epochs):
    """Number, start, end of training, start of validation and end of each epoch; times in ns."""
    return [(e.number, e.start_ns, e.train_end_ns, e.eval_start_ns, e.end_ns) for e in epochs]

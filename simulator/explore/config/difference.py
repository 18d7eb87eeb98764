"""Why two configurations have different ids, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Difference", "explain"]

#: Values with content, and what an edit of it is called.
_CONTENTS = {"file": "the file was edited", "traces": "the traces were edited"}
_INFORMATION = "for information: not part of the id"


@dataclass(frozen=True)
class Difference:
    """One thing in which two configurations differ.

    Parameters
    ----------
    path
        Which field, with dots and brackets for what is inside: ``model.layers[2]``; ``class`` and ``version`` too.
    a, b
        What it is in the first and in the second, as people read it; None where it is not there.
    why
        What that means.
    decides
        Whether the ids differ for it.
    """

    path: str
    a: str | None
    b: str | None
    why: str
    decides: bool = True

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.path}: {self.a} → {self.b} ({self.why})"


def explain(
    a: Mapping[str, Any], b: Mapping[str, Any] | None, lookup: Callable[[str], Mapping[str, Any]] | None = None
) -> list[Difference]:
    """Say in what two configurations differ, what decides the ids first.

    Parameters
    ----------
    a
        The first, as `Config.plain` writes it.
    b
        The second; None if there is none, so that all of the first is new.
    lookup
        Finds what was written of a nested configuration, by its id, to say what differs in there.

    Returns
    -------
    list of Difference
        Empty if they are equal.

    Examples
    --------
    >>> from simulator.explore import Config
    >>> class Knobs(Config):
    ...     eta: float = 0.5
    ...     seed: int = 0
    >>> for difference in explain(Knobs().plain(), Knobs(eta=0.3).plain()):
    ...     print(difference)
    eta: 0.5 → 0.3 (another value)
    """
    if b is None:
        b = {"class": None, "version": None, "fields": {}, "meta": {}}
    found = list(_configs("", a, b, lookup))
    return sorted(found, key=lambda difference: not difference.decides)


def _configs(
    path: str, a: Mapping[str, Any], b: Mapping[str, Any], lookup: Callable[[str], Mapping[str, Any]] | None
) -> Iterator[Difference]:
    compared = _Compared(lookup)
    if a["class"] != b["class"]:
        yield Difference(f"{path}class", a["class"], b["class"], _new(b["class"]) or "another kind of configuration")
    elif a["version"] != b["version"]:
        yield Difference(f"{path}version", str(a["version"]), str(b["version"]), "what the class does has changed")
    yield from compared.maps(path, a["fields"], b["fields"], "only one of them has this field")
    for one in compared.maps(path, a["meta"], b["meta"], ""):
        yield Difference(one.path, one.a, one.b, _INFORMATION, decides=False)


class _Compared:
    """Goes through two documents side by side."""

    def __init__(self, lookup: Callable[[str], Mapping[str, Any]] | None) -> None:
        self.lookup = lookup

    def maps(self, path: str, a: Mapping[str, Any], b: Mapping[str, Any], lone: str) -> Iterator[Difference]:
        for name in [*a, *(name for name in b if name not in a)]:
            inner = f"{path}{name}"
            if name not in b:
                yield Difference(inner, text_of(a[name]), None, lone, decides=not _is_place(a[name]))
            elif name not in a:
                yield Difference(inner, None, text_of(b[name]), lone, decides=not _is_place(b[name]))
            else:
                yield from self.values(inner, a[name], b[name])

    def values(self, path: str, a: Any, b: Any) -> Iterator[Difference]:
        if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys() and not _is_place(a):
            yield from self.objects(path, a, b)
        elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
            for position, (left, right) in enumerate(zip(a, b, strict=True)):
                yield from self.values(f"{path}[{position}]", left, right)
        elif a != b and (_is_place(a) or _is_place(b)):
            yield Difference(path, text_of(a), text_of(b), _INFORMATION, decides=False)
        elif type(a) is not type(b):
            yield Difference(path, _typed(a), _typed(b), "values of different types are never the same")
        elif a != b or repr(a) != repr(b):  # 0.0 == -0.0
            yield Difference(path, text_of(a), text_of(b), "another value")

    def objects(self, path: str, a: dict[str, Any], b: dict[str, Any]) -> Iterator[Difference]:
        content = next((word for word in _CONTENTS if word in a), None)
        if content is not None:
            yield from self.contents(path, content, a[content], b[content])
        elif "config" in a:
            yield from self.nested(path, a["config"], b["config"])
        elif "dict" in a:
            yield from self.maps(f"{path}.", a["dict"], b["dict"], "only one of them has this entry")
        elif "object" in a and a["object"] == b["object"]:
            yield from self.maps(f"{path}.", a["fields"], b["fields"], "only one of them has this field")
            for one in self.maps(f"{path}.", a["meta"], b["meta"], ""):
                yield Difference(one.path, one.a, one.b, _INFORMATION, decides=False)
        elif "enum" in a and a["enum"] == b["enum"] and a["name"] == b["name"] and a != b:
            before, after = (f"{each['name']} = {text_of(each['value'])}" for each in (a, b))
            yield Difference(path, before, after, "another meaning")
        elif a != b:
            yield Difference(path, text_of(a), text_of(b), "another value")

    def contents(self, path: str, word: str, a: dict[str, Any], b: dict[str, Any]) -> Iterator[Difference]:
        places = [{name: part for name, part in each.items() if name != "sha256"} for each in (a, b)]
        if a["sha256"] != b["sha256"]:
            why = _CONTENTS[word] if places[0] == places[1] else "another content"
            yield Difference(path, text_of({word: a}), text_of({word: b}), why)
        elif places[0] != places[1]:
            why = "the same content in another place; not part of the id"
            yield Difference(path, text_of({word: a}), text_of({word: b}), why, decides=False)

    def nested(self, path: str, a: str, b: str) -> Iterator[Difference]:
        if a == b:
            return
        if self.lookup is None:
            yield Difference(path, a[:20], b[:20], "another configuration")
        else:
            yield from _configs(f"{path}.", self.lookup(a), self.lookup(b), self.lookup)


def text_of(value: Any) -> str:
    """Show a value of a document as people read it."""
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    if not isinstance(value, dict):
        return repr(value)
    for word in _CONTENTS:
        if word in value:
            inner = value[word]
            where = inner.get("path") or inner.get("given") or "bundled"
            gpu = f"@{inner['gpu']}" if inner.get("gpu") else ""
            return f"{where}{gpu} {inner['sha256'][:12]}"
    if "dict" in value:
        return f"{{{', '.join(f'{name}: {text_of(part)}' for name, part in value['dict'].items())}}}"
    if "object" in value:
        fields = ", ".join(f"{name}={text_of(part)}" for name, part in value["fields"].items())
        return f"{value['object'].rpartition('.')[2]}({fields})"
    if "enum" in value:
        return str(value["name"])
    return str(next(iter(value.values())))[: 20 if "config" in value else None]


def _typed(value: Any) -> str:
    name = next((word for word in value if word not in ("fields", "meta")), "") if isinstance(value, dict) else ""
    return f"{text_of(value)} ({name or type(value).__name__})"


def _is_place(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_place, value))
    return isinstance(value, dict) and ("path" in value or ("dict" in value and _is_place([*value["dict"].values()])))


def _new(other: str | None) -> str:
    return "there was none before" if other is None else ""

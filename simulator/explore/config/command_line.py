"""Options of a command, made from the fields of a configuration."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from simulator.errors import ConfigError
from simulator.explore.config.fields import MISSING
from simulator.explore.config.kinds.containers import ListKind, UnionKind
from simulator.explore.config.kinds.objects import NestedKind
from simulator.explore.config.kinds.scalars import BoolKind, ChoiceKind, EnumKind, NoneKind
from simulator.explore.config.learn import spec_of
from simulator.explore.config.words import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from simulator.explore.config.config import Config
    from simulator.explore.config.kinds import Kind
    from simulator.explore.config.spec import Field

__all__ = ["options"]

F = TypeVar("F", bound="Callable[..., Any]")


def options(config_class: type[Config], argument: str = "config") -> Callable[[F], F]:
    r"""Give a click command an option for each field; the values are handed over as one configuration.

    ``max_epochs: int = param(6, help="...")`` becomes ``--max-epochs INTEGER``, with this default and help. Yes or no
    becomes ``--flag/--no-flag``, a few values a choice, and an option of a list may be given several times. Fields of a
    nested configuration are ``--outer.inner``, if it has a default or none of these is given.

    Parameters
    ----------
    config_class
        The class.
    argument
        Name under which the function gets the configuration.

    Returns
    -------
    callable
        A decorator, below ``@click.command()``. What does not fit is said as click does for wrong options.

    Raises
    ------
    ConfigError
        If two options would be called the same.

    Examples
    --------
    >>> import click
    >>> from click.testing import CliRunner
    >>> from simulator.explore import Config, param
    >>> class Knobs(Config):
    ...     eta: float = param(0.5, help="Weight of energy.")
    ...     quick: bool = False
    >>> @click.command()
    ... @options(Knobs)
    ... def show(config):
    ...     click.echo(config)
    >>> CliRunner().invoke(show, ["--eta", "1", "--quick"]).output
    'Knobs(eta=1.0, quick=True)\n'
    """

    def decorate(function: F) -> F:
        import click
        from click.core import ParameterSource

        @wraps(function)
        def with_config(**given: Any) -> Any:
            # What is no option of the class belongs to the command itself.
            values = {name: given.pop(_variable(name)) for name in named}
            source = click.get_current_context().get_parameter_source
            said = {name for name in named if source(_variable(name)) is not ParameterSource.DEFAULT}
            try:
                made = _made(config_class, {name: value for name, value in values.items() if name in said})
            except ConfigError as cause:
                raise click.UsageError(str(cause)) from cause
            return function(**{argument: made}, **given)

        named = _fields(config_class, "", None)
        decorated: Any = with_config
        for name, field in reversed(named.items()):
            decorated = _option(name, field)(decorated)
        result: F = decorated
        return result

    return decorate


def _fields(config_class: type[Config], prefix: str, default: Config | None) -> dict[str, Field]:
    """List fields by the names of their options, with the defaults that they have in this place."""
    found: dict[str, Field] = {}
    for name, field in spec_of(config_class).fields.items():
        kind = _real(field.kind)
        here = field.declared.default if default is None else getattr(default, name)
        if isinstance(kind, NestedKind):
            found |= _fields(kind.of, f"{prefix}{name}.", None if here is MISSING else here)
        else:
            found[f"{prefix}{name}"] = replace(field, declared=replace(field.declared, default=here))
    return found


def _made(config_class: type[Config], values: dict[str, Any]) -> Config:
    """Make a configuration and those nested in it; of one that no option was given for, the default stays."""
    own: dict[str, Any] = {name: value for name, value in values.items() if "." not in name}
    for name, field in spec_of(config_class).fields.items():
        kind = _real(field.kind)
        inner = {key.removeprefix(f"{name}."): value for key, value in values.items() if key.startswith(f"{name}.")}
        if isinstance(kind, NestedKind) and (inner or field.is_required):
            default = field.declared.default
            own[name] = _made(kind.of, inner) if default in (MISSING, None) else _changed(default, inner)
    return config_class(**own)


def _changed(default: Config, values: dict[str, Any]) -> Config:
    """Make a copy of a default, changed at any depth."""
    own = {name: value for name, value in values.items() if "." not in name}
    for name in {key.partition(".")[0] for key in values if "." in key}:
        inner = {key.removeprefix(f"{name}."): value for key, value in values.items() if key.startswith(f"{name}.")}
        own[name] = _changed(getattr(default, name), inner)
    return default.copy(**own)


def _option(name: str, field: Field) -> Callable[[Any], Any]:
    import click

    declared, kind = field.declared, _real(field.kind)
    flag = f"--{name.replace('_', '-')}"
    default = None if declared.default is MISSING else declared.default
    shown = default is not None and default != ()
    common: dict[str, Any] = {
        "help": declared.help + (f"  [default: {_text(default)}]" if shown else ""),
        "required": field.is_required and "." not in name,
    }
    if isinstance(kind, BoolKind):
        return click.option(f"{flag}/{_negated(flag)}", _variable(name), **common)
    if isinstance(kind, ListKind):
        return click.option(flag, _variable(name), type=_type(kind.item, click), multiple=True, **common)
    return click.option(flag, _variable(name), type=_type(kind, click, of=field.kind), **common)


def _type(kind: Kind, click_module: Any, of: Kind | None = None) -> click.ParamType[Any]:
    """Make a type of click that reads text as the field does."""
    read = of or kind
    if isinstance(kind, EnumKind):
        choice: click.ParamType[Any] = click_module.Choice(list(kind.enum.__members__))
        return choice
    if isinstance(kind, ChoiceKind):
        texts = [str(value) for value in kind.values]
        return _parsed(click_module, read, texts)
    return _parsed(click_module, read, [])


def _parsed(click_module: Any, kind: Kind, choices: list[str]) -> click.ParamType[Any]:
    names = {float: "number", int: "integer", str: "text"}

    class Parsed(click_module.ParamType):  # type: ignore[misc]  # click is imported when used
        name = names.get(_real(kind).exact or object, "path" if kind.is_place else "value")

        def convert(self, value: Any, param: Any, ctx: Any) -> Any:
            try:
                return kind.parse(value) if isinstance(value, str) else kind.take(value)
            except Unfit as reason:
                self.fail(str(reason), param, ctx)

        def get_metavar(self, param: Any, ctx: Any = None) -> str | None:
            return f"[{'|'.join(choices)}]" if choices else None

    return Parsed()


def _real(kind: Kind) -> Kind:
    """Look through ``| None``."""
    if isinstance(kind, UnionKind):
        real = [member for member in kind.members if not isinstance(member, NoneKind)]
        if len(real) == 1:
            return real[0]
    return kind


def _variable(name: str) -> str:
    return f"option_{name.replace('.', '__')}"


def _negated(flag: str) -> str:
    outer, dot, inner = flag.removeprefix("--").rpartition(".")
    return f"--{outer}{dot}no-{inner}"


def _text(default: Any) -> str:
    return ", ".join(map(str, default)) if isinstance(default, tuple) else str(getattr(default, "name", default))

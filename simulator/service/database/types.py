"""Column types that give back exactly what they were given, on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Double, Enum, String
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator, UserDefinedType

from simulator.errors import BadValueError

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

__all__ = ["ExactInteger", "ExactReal", "Real", "Utc", "identifier", "words"]


class Utc(TypeDecorator[datetime]):
    """A moment: aware in Python and of any time zone going in, UTC coming out, to the microsecond.

    Raises
    ------
    BadValueError
        If a moment without a time zone is to be stored, as nobody could say when that was.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text of one length on SQLite, so that texts compare as the moments do."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sqlite.DATETIME())  # type: ignore[no-untyped-call]  # published so
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments, turn the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise BadValueError(f"{value.isoformat()} lacks a time zone; give an aware datetime, such as one in UTC")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that what comes out is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactReal(TypeDecorator[float]):
    """A floating-point number as text: infinities and nan survive on databases that know none, and every bit does."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> str | None:
        """Write the shortest text that reads back as the same number."""
        return None if value is None else repr(float(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> float | None:
        """Read it back."""
        return None if value is None else float(value)


class ExactInteger(TypeDecorator[int]):
    """An integer of any size as text."""

    impl = String(80)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        """Write its decimal digits."""
        return None if value is None else str(int(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:
        """Read them back."""
        return None if value is None else int(value)


class _AsGiven(UserDefinedType[float]):
    """A column of SQLite that turns no number into another: one of numbers would forget the sign of −0.0."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the declared type that has no affinity."""
        return "BLOB"


class Real(TypeDecorator[float]):
    """A finite floating-point number of 64 bits, every bit of it."""

    impl = Double(53)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Keep SQLite from changing the number."""
        return dialect.type_descriptor(_AsGiven() if dialect.name == "sqlite" else Double(53))

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """Store integers as the floating-point numbers that they come back as."""
        return None if value is None else float(value)


def identifier(length: int) -> String:
    """Text of up to `length` letters that orders by code point everywhere, whatever the database's language is."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def words(enumeration: type[StrEnum]) -> Enum:
    """One of an enumeration's words, stored as text: a new word needs no change of the database."""
    return Enum(
        enumeration,
        native_enum=False,
        length=16,
        values_callable=lambda members: [str(member.value) for member in members],
    )

"""SQL that the two databases spell differently, or that needs care: JSON lists, moments, substrings, first inserts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Integer,
    String,
    Table,
    Update,
    and_,
    column,
    false,
    or_,
    select,
)
from sqlalchemy import Text as TextType
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from store.tables import Base

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


class json_elements(FunctionElement[str]):  # noqa: N801 - read as a function
    """The elements of a JSON list as rows of one column, ``value``."""

    inherit_cache = True
    type = TextType()


@compiles(json_elements, "sqlite")
def _sqlite_elements(element: json_elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(json_elements, "postgresql")
def _postgres_elements(element: json_elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_elements_text({compiler.process(element.clauses, **kw)})"


class place_of(FunctionElement[int]):  # noqa: N801 - read as a function
    """Where the second text begins in the first, 1 for its first character; 0 where it is not in it. Exact in case."""

    inherit_cache = True
    type = Integer()


@compiles(place_of, "sqlite")
def _sqlite_place(element: place_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(place_of, "postgresql")
def _postgres_place(element: place_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


def holds(column: Column, text: str) -> ColumnElement[bool]:
    """Whether the column holds this very text; quicker than LIKE, for text that is folded already."""
    return false() if "\x00" in text else place_of(column, text) > 0


class epoch_seconds(FunctionElement[int]):  # noqa: N801 - read as a function
    """Whole seconds from 1970 to a moment, the fraction dropped."""

    inherit_cache = True
    type = BigInteger()


@compiles(epoch_seconds, "sqlite")
def _sqlite_epoch(element: epoch_seconds, compiler: SQLCompiler, **kw: Any) -> str:
    # the first 19 characters are the time without its fraction, which strftime would round
    return f"CAST(strftime('%s', substr({compiler.process(element.clauses, **kw)}, 1, 19)) AS INTEGER)"


@compiles(epoch_seconds, "postgresql")
def _postgres_epoch(element: epoch_seconds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kw)})) AS BIGINT)"


def any_element(json_list: Column, *, equals: str | None = None, containing: str | None = None) -> ColumnElement[bool]:
    """Whether a JSON list of strings has an element that equals, or contains, the text."""
    elements = json_elements(json_list).table_valued(column("value", String))
    value = elements.c.value
    tests = [value == equals] if equals is not None else []
    if containing is not None:
        tests.append(substring(containing, value))
    return select(value).where(and_(*tests)).exists()


def substring(text: str, *columns: Column) -> ColumnElement[bool]:
    """Whether any of the columns contains the text literally, whatever its case; works for Chinese."""
    if "\x00" in text:  # neither database stores it, and PostgreSQL refuses to be asked
        return false()
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def insert_new(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, unique: Sequence[str]) -> int:
    """Insert the rows whose `unique` columns are not there yet; how many were. Races end in one row, no error."""
    if not rows:
        return 0
    bind = session.get_bind()
    dialect_insert = postgresql.insert if bind.dialect.name == "postgresql" else sqlite.insert
    target = cast("Table", table.__table__)
    statement = dialect_insert(target).on_conflict_do_nothing(index_elements=list(unique))
    session.flush()  # the rows may refer to what is only pending so far
    # The database names the rows it took: it counts them reliably for one row only, not for many.
    taken = session.execute(statement.returning(*target.primary_key), [dict(row) for row in rows])
    return len(taken.all())


def changed(session: Session, statement: Update | Delete) -> int:
    """Run an UPDATE or DELETE; how many rows it changed."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount

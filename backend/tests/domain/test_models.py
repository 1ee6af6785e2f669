"""The models describe the schema that the migrations made: same columns, types, nullability, and who fills them in."""

import pkgutil
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, configure_mappers

from estudio import domain
from estudio.domain.colunas import Base

for module in pkgutil.iter_modules(domain.__path__):
    import_module(f"estudio.domain.{module.name}")

TABLES = [mapper.local_table for mapper in sorted(Base.registry.mappers, key=lambda m: m.class_.__name__)]

# A model may hold more than the column (every whole number is a bigint unless it says otherwise), never less.
WIDER = {("integer", "bigint")}

LIVE = text(
    "select a.attname, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,"
    " a.attidentity = 'a' as identity, a.attgenerated = 's' as generated, a.atthasdef as has_default,"
    " has_table_privilege('estudio_app', a.attrelid, 'insert') as written"
    " from pg_attribute a where a.attrelid = to_regclass(:table) and a.attnum > 0 and not a.attisdropped"
)


def test_the_whole_studio_is_modelled() -> None:
    configure_mappers()
    assert {"pagamentos", "comissoes", "sessoes", "gastos", "clientes", "artistas", "itens"} <= {
        getattr(table, "name", None) for table in TABLES
    }


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_model_is_its_table(session: Session, table: Any) -> None:
    live = {row.attname: row for row in session.execute(LIVE, {"table": str(table)})}
    assert set(live) == {column.name for column in table.columns}
    dialect = session.get_bind().dialect
    for column in table.columns:
        row, type_ = live[column.name], column.type.compile(dialect=dialect).lower()
        assert row.type == type_ or (row.type, type_) in WIDER, f"{column}: {type_} for {row.type}"
        # What is generated from a column that is never null is never null itself.
        if not column.primary_key and not row.generated:
            assert column.nullable == row.nullable, f"{column}: null"
        assert (column.computed is not None) == row.generated, f"{column}: generated"
        if row.written:
            assert (column.identity is not None) == row.identity, f"{column}: identity"
            assert (column.server_default is not None) == (row.identity or row.has_default), f"{column}: default"

"""What one step hands to the next: tables as Parquet, facts as JSON, in a run's scratch folder."""

from __future__ import annotations

import io
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter
from upath import UPath

from tongbao.archive import Archive, write_file
from tongbao.scoring import ScoreSheet
from tongbao.storage import is_local, read_file

_Model = TypeVar("_Model")
SHEET_TABLES = ("lines", "indicators", "verdicts")


class Workspace:
    """One run's scratch folder, named by its path or URL so that it travels through XCom."""

    def __init__(self, folder: UPath) -> None:
        self.folder = folder

    @classmethod
    def at(cls, place: str) -> Workspace:
        return cls(UPath(place))

    def __str__(self) -> str:
        return str(self.folder)

    def write_facts(self, name: str, facts: Any, model: type[_Model] | None = None) -> None:
        adapter: TypeAdapter[Any] = TypeAdapter(model or type(facts))
        write_file(self.folder / name, adapter.dump_json(facts, indent=1))

    def read_facts(self, name: str, model: type[_Model]) -> _Model:
        return TypeAdapter(model).validate_json(read_file(self.folder / name))

    def write_table(self, name: str, table: pd.DataFrame | pa.Table) -> None:
        write_file(self.folder / f"{name}.parquet", table_bytes(table))

    def read_table(self, name: str) -> pd.DataFrame:
        return read_arrow(self.folder / f"{name}.parquet").to_pandas()

    def read_sheet(self, folder: str) -> ScoreSheet:
        return ScoreSheet.from_tables({name: read_arrow(self.folder / folder / f"{name}.parquet") for name in SHEET_TABLES})

    def write_bytes(self, name: str, content: bytes) -> None:
        write_file(self.folder / name, content)

    def read_bytes(self, name: str) -> bytes:
        return read_file(self.folder / name)

    def holds(self, name: str) -> bool:
        return bool((self.folder / name).exists())

    def discard(self) -> None:
        Archive(self.folder).discard(self.folder)


def table_bytes(table: pd.DataFrame | pa.Table) -> bytes:
    """The table as Parquet; the same rows give the same bytes."""
    arrow = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)
    sink = io.BytesIO()
    # pandas' own metadata names its version: without it the bytes depend on the rows alone.
    pq.write_table(arrow.replace_schema_metadata(None), sink, compression="zstd")
    return sink.getvalue()


def read_arrow(path: UPath) -> pa.Table:
    """A Parquet file of the archive as an Arrow table."""
    return pq.read_table(str(path) if is_local(path) else io.BytesIO(read_file(path)))

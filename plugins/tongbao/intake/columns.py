"""Read whole columns: every distinct value once, in the fastest way its type allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tongbao.feeds import Column, ColumnType
from tongbao.intake.cells import (
    REJECT,
    WARN,
    Reader,
    Reading,
    choice_reader,
    count_reader,
    flag_reader,
    number_reader,
    platform_reader,
    text_reader,
    written,
)
from tongbao.intake.dates import FIRST_YEAR, read_when
from tongbao.period import SHANGHAI
from tongbao.vocabulary import Vocabulary, fold

IDENTIFIERS = frozenset({"subject_id", "clause", "message_id"})
LONG_TEXTS = frozenset({"description", "evidence"})
SHOWN = 60
"""Characters of a value carried by a problem."""
_PLAIN = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?$"
_ZONED = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$"
PROBLEM_COLUMNS = ["position", "column", "value", "reason", "severity"]


@dataclass
class Problems:
    """Collects what is wrong with which cells."""

    _parts: list[tuple[str, pd.DataFrame]] = field(default_factory=list)
    """Each with the one column it is about."""

    def add(self, positions: np.ndarray, column: str, values: object, reasons: object, severities: object) -> None:
        """Note one problem per position; values, reasons and severities are scalars or as long as positions."""
        if len(positions):
            part = {"position": positions, "column": column, "value": values, "reason": reasons, "severity": severities}
            self._parts.append((column, pd.DataFrame(part)))

    def rejected(self, rows: int, column: str) -> np.ndarray:
        """Mask of rows whose cell in that column could not be read."""
        mask = np.zeros(rows, dtype=bool)
        for about, part in self._parts:
            if about == column:
                mask[part["position"].to_numpy()[(part["severity"] == REJECT).to_numpy()]] = True
        return mask

    def frame(self) -> pd.DataFrame:
        """Columns position (int64), column, value, reason, severity; by position, then in the order they were noted."""
        if not self._parts:
            empty = pd.DataFrame({name: pd.Series(dtype="str") for name in PROBLEM_COLUMNS})
            return empty.astype({"position": "int64"})
        return pd.concat([part for _, part in self._parts], ignore_index=True).sort_values(
            "position", kind="stable", ignore_index=True
        )


class ColumnReader:
    """Reads the columns of one table and collects their problems."""

    def __init__(self, vocabulary: Vocabulary, last_year: int) -> None:
        self.vocabulary = vocabulary
        self.last_year = last_year
        self.problems = Problems()

    def read(self, column: Column, values: pd.Series, scale: float = 1.0) -> pd.Series:
        """The column in its contract's type; unreadable cells are null and noted."""
        match column.type:
            case ColumnType.INSTANT | ColumnType.DAY:
                return self._times(column, values)
            case ColumnType.FLAG:
                return self._by_value(column, values, flag_reader(self.vocabulary, column)).astype("boolean")
            case ColumnType.COUNT:
                return self._by_value(column, values, count_reader(self.vocabulary, column)).astype("Int64")
            case ColumnType.NUMBER:
                return self._by_value(column, values, number_reader(self.vocabulary, column, scale)).astype("float64")
            case ColumnType.CHOICE:
                reader = choice_reader(self.vocabulary, column)
            case _:
                reader = self._text_reader(column)
        return self._by_value(column, values, reader).astype("str")

    def _text_reader(self, column: Column) -> Reader:
        if column.name == "platform":
            return platform_reader(self.vocabulary)
        is_identifier = column.name in IDENTIFIERS or column.type is ColumnType.PERIOD
        return text_reader(self.vocabulary, is_identifier=is_identifier, keeps_lines=column.name in LONG_TEXTS)

    def _by_value(self, column: Column, values: pd.Series, reader: Reader) -> pd.Series:
        codes, distinct = pd.factorize(_without_lookalikes(values))
        readings = [reader(value) for value in distinct]
        results = _objects([*(reading.value for reading in readings), None])
        self._note(column.name, codes, list(distinct), readings)
        return pd.Series(results[codes], dtype=object)

    def _note(self, column: str, codes: np.ndarray, distinct: list[object], readings: list[Reading]) -> None:
        wrong = np.array([*(bool(reading.reason) for reading in readings), False])
        positions = np.flatnonzero(wrong[codes])
        if len(positions):
            which = codes[positions]
            shown = _objects([written(value)[:SHOWN] if wrong[at] else "" for at, value in enumerate(distinct)])
            reasons, severities = _objects([r.reason for r in readings]), _objects([r.severity for r in readings])
            self.problems.add(positions, column, shown[which], reasons[which], severities[which])

    def _times(self, column: Column, values: pd.Series) -> pd.Series:
        codes, distinct = pd.factorize(values.astype(object) if values.dtype != object else values)
        instants = np.full(len(distinct) + 1, np.datetime64("NaT", "us"))
        done = _fast_times(distinct, instants[:-1], self.last_year)
        readings: list[Reading] = [Reading()] * len(distinct)
        for at in np.flatnonzero(~done):
            instants[at], readings[at] = self._time(column, distinct[at])
        self._note(column.name, codes, list(distinct), readings)
        series = pd.Series(instants[codes])
        if column.type is ColumnType.DAY:
            return (series + pd.Timedelta(hours=8)).dt.normalize()
        return series.dt.tz_localize("UTC").dt.tz_convert(SHANGHAI)

    def _time(self, column: Column, value: object) -> tuple[np.datetime64, Reading]:
        nothing = np.datetime64("NaT", "us")
        words = self.vocabulary.words
        if isinstance(value, str) and (not value.strip() or fold(value) in words["blanks"] | words["no_time"]):
            return nothing, Reading()
        when = read_when(value, self.last_year)
        if when.at is not None:
            return _utc(when.at), Reading()
        # A missing day of opening costs nothing; a missing instant would change a verdict.
        is_harmless = when.is_incomplete and column.type is ColumnType.DAY
        return nothing, Reading(None, when.problem + ("，暂按未填处理" if is_harmless else ""), WARN if is_harmless else REJECT)


def _without_lookalikes(values: pd.Series) -> pd.Series:
    """Write booleans out in mixed columns: to a hash table True and 1 are one value."""
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in ("mixed", "mixed-integer", "boolean"):
        return values.map(lambda value: written(value) if isinstance(value, bool) else value, na_action="ignore").astype(object)
    return values


def _objects(values: list[object]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _utc(at: datetime) -> np.datetime64:
    return np.datetime64(int(at.timestamp() * 1_000_000 + 0.5) if at.microsecond else int(at.timestamp()) * 1_000_000, "us")


def _fast_times(distinct: np.ndarray, into: np.ndarray, last_year: int) -> np.ndarray:
    """Parse the ISO-like strings among the distinct values at once; returns which are done."""
    done = np.zeros(len(distinct), dtype=bool)
    texts = [value if isinstance(value, str) else None for value in distinct]
    array = pa.array(texts, pa.string())
    for pattern, zone in ((_PLAIN, SHANGHAI), (_ZONED, None)):
        fits = np.asarray(pc.fill_null(pc.match_substring_regex(array, pattern), False))
        if not fits.any():
            continue
        times = pd.to_datetime(pd.Series(texts)[fits], format="ISO8601", errors="coerce", utc=zone is None)
        if zone is not None:
            times = times.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        local = times.dt.tz_convert(SHANGHAI)
        good = local.dt.year.between(FIRST_YEAR, last_year).to_numpy()
        at = np.flatnonzero(fits)[good]
        into[at] = times[good].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        done[at] = True
    return done

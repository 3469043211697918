"""The score sheet: every line, indicator and verdict of one period, as tables that survive Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

_TEXT, _NUMBER, _COUNT = pa.string(), pa.float64(), pa.int64()

LINES = pa.schema(
    [
        ("subject_id", _TEXT),
        ("clause", _TEXT),
        ("indicator", _TEXT),
        ("part", _TEXT),
        ("state", _TEXT),
        ("count", _NUMBER),
        ("value", _NUMBER),
        ("points", _NUMBER),
        ("evidence", _TEXT),
        ("basis", _TEXT),
        ("note", _TEXT),
    ]
)
INDICATORS = pa.schema(
    [
        ("subject_id", _TEXT),
        ("indicator", _TEXT),
        ("part", _TEXT),
        ("raw_points", _NUMBER),
        ("cap", _NUMBER),
        ("points", _NUMBER),
    ]
)
VERDICTS = pa.schema(
    [
        ("subject_id", _TEXT),
        ("verdict", _TEXT),
        ("reason", _TEXT),
        ("vetoes", _TEXT),
        ("deducted", _NUMBER),
        ("base", _NUMBER),
        ("bonus", _NUMBER),
        ("score", _NUMBER),
        ("scale", _TEXT),
        ("grade", _TEXT),
        ("breached", _COUNT),
        ("not_measured", _COUNT),
        ("blocked", _COUNT),
    ]
)
_SCHEMAS = {"lines": LINES, "indicators": INDICATORS, "verdicts": VERDICTS}


@dataclass(frozen=True)
class ScoreSheet:
    """What came of one period.

    ``lines``: one row per applicable (subject, clause) of inspected subjects, by subject_id and the set's clause
    order. ``state`` is met, breached, not_measured or blocked; for bonus clauses met means credited. ``count`` is
    null where nothing is known; ``value`` is the measured number; ``points`` before the cap; ``basis`` is measure,
    person, tool, check_on_record or none. Under a veto only veto lines are there.

    ``indicators``: what lines cost together and after the cap, of subjects with points.

    ``verdicts``: one row per subject in operation: qualified, unqualified or not_inspected, and why. ``vetoes`` is a
    comma list of indicators; ``base`` is the score before the bonus; ``score``, ``base``, ``deducted``, ``bonus`` are
    null for subjects without points; ``deducted`` is before scaling, ``scale`` is ``1`` or e.g. ``4/3``. ``breached``,
    ``not_measured`` and ``blocked`` count veto and deduction lines. Points have two decimals.
    """

    lines: pd.DataFrame
    indicators: pd.DataFrame
    verdicts: pd.DataFrame

    def to_tables(self) -> dict[str, pa.Table]:
        """Arrow tables by name, ready for Parquet: equal sheets give equal bytes."""
        frames = {"lines": self.lines, "indicators": self.indicators, "verdicts": self.verdicts}
        return {
            name: pa.Table.from_pandas(frame, schema=_SCHEMAS[name], preserve_index=False).replace_schema_metadata(None)
            for name, frame in frames.items()
        }

    @classmethod
    def from_tables(cls, tables: Mapping[str, pa.Table]) -> ScoreSheet:
        return cls(**{name: tables[name].cast(schema).to_pandas() for name, schema in _SCHEMAS.items()})

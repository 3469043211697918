"""When subjects published last: what a register that calls them closed is held against."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from tongbao.measures.views import connect, create_views
from tongbao.period import Period


def newest_publications(updates: Sequence[str], subjects: pd.DataFrame, *, period: Period, cutoff: datetime) -> pd.DataFrame:
    """Return subject_id, last_published_at (Asia/Shanghai): the newest publication seen of each subject in the period.

    ``updates``: Parquet paths of the feed's batches; ``subjects``: roster rows to look for; undated ones are left out.
    """
    with tempfile.TemporaryDirectory(prefix="tongbao-publications-") as spill, connect(1, "256MiB", spill) as engine:
        create_views(engine, {"updates": updates}, subjects, period, cutoff)
        newest = (
            "SELECT subject_id, max(last_published_at) AS last_published_at FROM updates SEMI JOIN subjects USING (subject_id)"
        )
        return engine.sql(f"{newest} GROUP BY ALL HAVING last_published_at IS NOT NULL ORDER BY ALL").to_arrow_table().to_pandas()

"""Values as annexes print them."""

from __future__ import annotations

from datetime import date, datetime
from numbers import Integral, Real
from typing import Any

import pandas as pd

from tongbao.period import SHANGHAI


def is_unknown(value: Any) -> bool:
    """Whether a cell has no value: None, NaN, NaT and NA all say so."""
    return value is None or bool(pd.isna(value))


def cell_text(value: Any) -> str:
    """A value as annexes print it: nothing for what is unknown, no needless decimals, dates as 2020-09-30 (Asia/Shanghai)."""
    if value is None or isinstance(value, str):
        return value or ""
    if is_unknown(value):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return f"{float(value):.6f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI) if value.tzinfo else value
        return local.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)

"""A package of two units' papers, as small as can be."""

from __future__ import annotations

import io
import zipfile


def _package() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for number, unit in enumerate(("教育局", "统计局"), start=1):
            for paper in ("通知书", "反馈表"):
                package.writestr(f"{paper}/{number:03d}-示例旗{unit}.docx", f"{unit}{paper}")
    return buffer.getvalue()


ZIP = _package()

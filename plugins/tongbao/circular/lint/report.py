"""``tongbao lint``: what was found, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from tongbao.circular.lint.fault import Fault, Severity
from tongbao.errors import TongbaoError

_NAMES = {Severity.ERROR: "错误", Severity.WARNING: "建议", Severity.NOTE: "提示"}


def run_lint(paths: Sequence[Path | str], as_json: bool, out: TextIO) -> int:
    """Check files one after another and print what departs; returns 1 if a file has an error or cannot be read, else 0."""
    from tongbao.circular.lint import lint

    return report([Path(path) for path in paths], lambda path: lint(path.read_bytes()), as_json=as_json, out=out)


def report(paths: Sequence[Path], check: Callable[[Path], list[Fault]], *, as_json: bool, out: TextIO) -> int:
    """Check each file, print its faults, count. A file that cannot be read is one sentence and counts as an error."""
    results: list[tuple[Path, list[Fault], str]] = []
    for path in paths:
        try:
            results.append((path, check(path), ""))
        except TongbaoError as mistake:
            mistake.place.file = mistake.place.file or path.name
            results.append((path, [], str(mistake)))
        except OSError:
            results.append((path, [], f"文件《{path.name}》：找不到或者不能读取。请核对路径和权限。"))
    if as_json:
        out.write(json.dumps([_plain(*result) for result in results], ensure_ascii=False, indent=2) + "\n")
    else:
        out.writelines(f"{line}\n" for result in results for line in _lines(*result))
    return int(any(problem or any(fault.severity is Severity.ERROR for fault in faults) for _, faults, problem in results))


def _plain(path: Path, faults: list[Fault], problem: str) -> dict[str, Any]:
    return {
        "file": str(path),
        "unreadable": problem,
        "faults": [
            {
                "rule": fault.rule,
                "severity": fault.severity.value,
                "part": fault.place.part,
                "paragraph": fault.place.paragraph,
                "text": fault.place.text,
                "count": fault.count,
                "found": fault.found,
                "required": fault.required,
                "clause": fault.clause,
            }
            for fault in faults
        ],
    }


def _lines(path: Path, faults: list[Fault], problem: str) -> list[str]:
    if problem:
        return [problem]
    if not faults:
        return [f"《{path.name}》：没有发现问题"]
    grades = list(_NAMES)
    counts = [(name, sum(fault.severity is severity for fault in faults)) for severity, name in _NAMES.items()]
    lines = [f"《{path.name}》：" + "，".join(f"{name}{count}项" for name, count in counts if count)]
    ordered = sorted(faults, key=lambda fault: grades.index(fault.severity))
    return lines + [f"  {_NAMES[fault.severity]}  {fault}  [{fault.rule}]" for fault in ordered]

"""Run the benchmarks and print a plain table: ``python -m benchmarks.run [name …]``."""

from __future__ import annotations

import importlib
import sys

from benchmarks import Result

BENCHMARKS = ("measuring", "intake", "annex", "notices", "probe", "crawl", "offices")
"""Modules of this folder with a ``main() -> list[Result]``, in the order of the data; ``stack`` takes half an hour: by name."""


def main(names: list[str]) -> None:
    for name in names or BENCHMARKS:
        for result in importlib.import_module(f"benchmarks.{name}").main():
            print(line(result), flush=True)


def line(result: Result) -> str:
    promised = f"  (promised {result.budget})" if result.budget else ""
    return f"{result.name:<58} {result.seconds:8.2f} s {result.peak_mib:7.0f} MiB{promised}\n    {result.note}"


if __name__ == "__main__":
    main(sys.argv[1:])

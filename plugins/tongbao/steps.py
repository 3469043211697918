"""The steps of one circular's run, in the order of the data: each reads what the one before wrote.

Airflow's tasks and the command line call these and nothing else. A step takes the run's workspace (a path
or URL) and returns a few facts about what it did; tables stay in the workspace.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from upath import UPath

from tongbao import measures
from tongbao.archive import Archive, BatchManifest, InputBatch
from tongbao.circular import gate as gates
from tongbao.circular.document import CircularDocument
from tongbao.circular.pdf import make_pdf
from tongbao.circular.render import BookmarkedFigure
from tongbao.circular.wording import Issue
from tongbao.circular.workbook import annex_workbook
from tongbao.draft import (
    ANNEXES,
    BOOKMARKS,
    CIRCULAR,
    DOCUMENT,
    FIGURES,
    GATE,
    NOTICES,
    OVERRIDE,
    PDF,
    PDF_FACTS,
    RECONCILED,
    SELECTION,
    draft_files,
)
from tongbao.feeds import FEEDS, ROSTER
from tongbao.figures import Figures, PeriodResult
from tongbao.figures import compute as compute_figures
from tongbao.figures.result import NOT_INSPECTED, UNQUALIFIED
from tongbao.figures.side import message_counts
from tongbao.judged import period_result
from tongbao.jurisdiction import Jurisdiction, find_jurisdiction
from tongbao.measures.publications import newest_publications
from tongbao.papers import Basis, compose_circular, draw
from tongbao.period import Period
from tongbao.roster import RosterAsOf, RosterBatch, as_of, reconcile
from tongbao.scoring import score as score_subjects
from tongbao.selection import PeriodInputs, Selection, part_files, read_instant, rules_of, select
from tongbao.storage import fetch_file
from tongbao.timing import seconds_of, timed
from tongbao.workspace import Workspace, read_arrow

REVIEWED, NO_REVIEWS = "待三审", "未设三审"
OBSERVATIONS = tuple(feed for feed in FEEDS if feed != ROSTER.name)


def workspace_for(jurisdiction_id: str, circular_id: str, period: str, run_key: str) -> str:
    """Name the scratch folder of one run; the same run finds the same folder again."""
    return str(Archive.open().workspace(jurisdiction_id, circular_id, Period.parse(period), run_key))


@timed
def settle(
    jurisdiction_id: str,
    circular_id: str,
    period: str,
    *,
    cutoff: str | None,
    workspace: str,
    reason: str = "",
    run: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Fix which batches, rules and template the run rests on; raises NothingToReport without a roster."""
    selection = select(
        Archive.open(),
        jurisdiction_id,
        circular_id,
        Period.parse(period),
        cutoff=read_instant(cutoff) if cutoff else None,
        run={**(run or {}), "reason": reason},
    )
    Workspace.at(workspace).write_facts(SELECTION, selection)
    return {
        "jurisdiction": jurisdiction_id,
        "circular": circular_id,
        "period": period,
        "cutoff": selection.own.cutoff.isoformat(),
        "batches": {feed: len(batches) for feed, batches in selection.own.batches.items()},
        "compared_with": [inputs.period for inputs in selection.periods[1:]],
    }


@timed
def measure(workspace: str) -> dict[str, Any]:
    """Measure every clause that can be measured, and set declared against found, for each period concerned."""
    work, archive = Workspace.at(workspace), Archive.open()
    with tempfile.TemporaryDirectory(prefix="tongbao-batches-") as near:
        return {inputs.period: _measure_period(work, archive, inputs, Path(near)) for inputs in _selection(work).periods}


def _measure_period(work: Workspace, archive: Archive, inputs: PeriodInputs, near: Path) -> dict[str, Any]:
    """Measure one period; ``near`` is where batches of a remote archive are copied to, once for all periods."""
    period = Period.parse(inputs.period)
    roster = as_of([_roster_batch(archive, batch) for batch in inputs.batches["roster"]], inputs.cutoff)
    paths = {feed: [str(fetch_file(_data(archive, batch), near)) for batch in inputs.batches[feed]] for feed in OBSERVATIONS}
    asof: dict[str, Any] = {"period": period, "cutoff": inputs.cutoff}
    watched = roster.operating.drop_duplicates("subject_id")
    measured = measures.measure(paths, watched, rules_of(inputs).measure_clauses(), **asof)
    published = newest_publications(paths["updates"], roster.closed, **asof)
    tables = reconcile(roster, published, measured.observed)
    subjects = _judged(roster, tables["found_not_declared"])
    work.write_table(f"{period}/subjects", subjects)
    work.write_table(f"{period}/measured", measured.values)
    work.write_table(f"{period}/observed", measured.observed)
    messages = message_counts(_rows(archive, inputs, "messages").to_pandas(), period.start_at, inputs.cutoff)
    work.write_table(f"{period}/messages", messages)
    for name, table in tables.items():
        work.write_table(f"{period}/{name}", table)
    return {"subjects": len(subjects), "measured": len(measured.values)}


@timed
def score(workspace: str) -> dict[str, Any]:
    """Judge every subject by its indicator set: lines, points and verdicts of each period concerned."""
    work, archive = Workspace.at(workspace), Archive.open()
    facts: dict[str, Any] = {}
    for inputs in _selection(work).periods:
        sheet = score_subjects(
            work.read_table(f"{inputs.period}/subjects"),
            work.read_table(f"{inputs.period}/measured"),
            _rows(archive, inputs, "findings"),
            _rows(archive, inputs, "sample"),
            rules_of(inputs),
            Period.parse(inputs.period),
            inputs.cutoff,
            work.read_table(f"{inputs.period}/observed"),
        )
        for name, table in sheet.to_tables().items():
            work.write_table(f"{inputs.period}/{name}", table)
        facts[inputs.period] = sheet.verdicts["verdict"].value_counts().to_dict()
    return facts


@timed
def figures(workspace: str) -> dict[str, Any]:
    """Compute every number that may be printed, each with its source."""
    work = Workspace.at(workspace)
    selection = _selection(work)
    jurisdiction, circular = selection.settings()
    results = {inputs.period: _result(work, inputs, jurisdiction) for inputs in selection.periods}
    period = selection.period
    previous = results.get(period.previous().label)
    computed = compute_figures(
        results[period.label],
        previous,
        results.get(period.year_before().label),
        jurisdiction,
        circular,
        rules_of(selection.own),
        earlier=_running_before(period.previous(), results),
    )
    work.write_facts(FIGURES, computed.to_json())
    return {"figures": len(computed)}


@timed
def write(workspace: str) -> dict[str, Any]:
    """Compose the circular and draw it: the .docx, the .xlsx of its annexes, each unit's papers."""
    work = Workspace.at(workspace)
    basis = _basis(work)
    papers = draw(basis, Issue())
    if papers.notices is not None:
        work.write_bytes(NOTICES, papers.notices)
    work.write_bytes(CIRCULAR, papers.docx)
    if papers.pdf is not None:
        work.write_bytes(_drawn_name(papers.docx), papers.pdf)
    work.write_bytes(ANNEXES, papers.annexes)
    work.write_bytes(RECONCILED, annex_workbook(compose_circular(basis, Issue(), "reconciliation"), labelled=False))
    work.write_facts(DOCUMENT, papers.document, CircularDocument)
    work.write_facts(BOOKMARKS, papers.bookmarks, dict[str, BookmarkedFigure])
    return {"paragraphs": len(papers.document.body), "annexes": [len(annex.rows) for annex in papers.document.annexes]}


@timed
def gate(workspace: str, override_reason: str = "") -> dict[str, Any]:
    """Re-read the finished document and compare it with the figures; GateBreach unless a reason overrides."""
    work = Workspace.at(workspace)
    report = gates.check(
        work.read_bytes(CIRCULAR),
        work.read_facts(DOCUMENT, CircularDocument),
        Figures.from_json(work.read_facts(FIGURES, dict[str, Any])),
        work.read_facts(BOOKMARKS, dict[str, BookmarkedFigure]),
    )
    outcome = {**report.to_json(), OVERRIDE: override_reason}
    work.write_facts(GATE, outcome)
    gates.require(report, override_reason)
    return {"checked": report.checked, "breaches": len(report.breaches)}


@timed
def print_pdf(workspace: str) -> dict[str, Any]:
    """Convert the circular to PDF where LibreOffice is installed; its lack or failure is told, never raised."""
    work = Workspace.at(workspace)
    circular = work.read_bytes(CIRCULAR)
    drawn = _drawn_name(circular)
    result = make_pdf(circular, drawn=work.read_bytes(drawn) if work.holds(drawn) else None)
    if result.data is not None:
        work.write_bytes(PDF, result.data)
    told = {"made": result.data is not None, "note": result.note, "lost": list(result.lost)}
    work.write_facts(PDF_FACTS, told)
    return told


def file_edition(workspace: str) -> dict[str, Any]:
    """File the edition, or find the identical one; then the workspace has done its work."""
    work, archive = Workspace.at(workspace), Archive.open()
    selection = _selection(work)
    rules = rules_of(selection.own)
    verdicts = work.read_table(f"{selection.period}/verdicts")
    edition, is_new = archive.file_edition(
        jurisdiction=selection.jurisdiction,
        circular=selection.circular,
        period=selection.period,
        identity=selection.identity,
        files=draft_files(work, selection),
        cutoff=selection.own.cutoff,
        inputs=tuple(_input(batch) for inputs in selection.periods for batches in inputs.batches.values() for batch in batches),
        rules={"id": rules.id, "title": rules.title, "document": rules.document, "hash": rules.hash},
        parts=selection.parts,
        versions=selection.versions,
        summary={
            **_summary(selection.own, verdicts),
            **_pdf_facts(work),
            "seconds": seconds_of(work),
            "reviews": _reviews(selection),
        },
        gate=work.read_facts(GATE, dict[str, Any]),
        run=selection.run,
        filed_at=datetime.now(UTC),
    )
    return {
        "jurisdiction": edition.jurisdiction,
        "circular": edition.circular,
        "edition": edition.folder,
        "is_new": is_new,
        "period": selection.period.label,
        "title": selection.period.title,
        "docx": str(archive.edition_file(edition, CIRCULAR)),
        **edition.summary["verdicts"],
        "summary": {name: count for name, count in edition.summary.items() if isinstance(count, int)},
        "seconds": edition.summary["seconds"],
        "sha256": {name: edition.files[name] for name in (CIRCULAR, ANNEXES, PDF, NOTICES) if name in edition.files},
    }


def _reviews(selection: Selection) -> str:
    """Whether the edition is still to be reviewed; who signs one that is not, does so without."""
    return REVIEWED if find_jurisdiction(selection.jurisdiction).circular(selection.circular).reviews else NO_REVIEWS


def _pdf_facts(work: Workspace) -> dict[str, Any]:
    return {"pdf": work.read_facts(PDF_FACTS, dict[str, Any])} if work.holds(PDF_FACTS) else {}


def _basis(work: Workspace) -> Basis:
    selection = _selection(work)
    jurisdiction, circular = selection.settings()
    return Basis(
        result=_result(work, selection.own, jurisdiction),
        figures=Figures.from_json(work.read_facts(FIGURES, dict[str, Any])),
        rules=rules_of(selection.own),
        jurisdiction=jurisdiction,
        circular=circular,
        parts=part_files(circular),
        observed=work.read_table(f"{selection.period}/observed"),
    )


def _drawn_name(docx: bytes) -> str:
    """Where the PDF of that very document lies, if its pages were counted."""
    return f"drawn-{sha256(docx).hexdigest()[:16]}.pdf"


def _selection(work: Workspace) -> Selection:
    return work.read_facts(SELECTION, Selection)


def _roster_batch(archive: Archive, batch: BatchManifest) -> RosterBatch:
    rows = read_arrow(_data(archive, batch))
    return RosterBatch(Period.parse(batch.period), batch.batch_id, rows.to_pandas())


def _data(archive: Archive, batch: BatchManifest) -> UPath:
    return archive.batch_file(batch, "data.parquet")


def _judged(roster: RosterAsOf, found_not_declared: pd.DataFrame) -> pd.DataFrame:
    """Subjects to judge, one row each: the declared ones, and the found ones that are none of them."""
    found = roster.found[roster.found["subject_id"].isin(found_not_declared["subject_id"])]
    return pd.concat([roster.declared, found], ignore_index=True)


def _rows(archive: Archive, inputs: PeriodInputs, feed: str) -> pa.Table:
    schema = FEEDS[feed].schema
    tables = [read_arrow(_data(archive, batch)) for batch in inputs.batches[feed]]
    return pa.concat_tables([table.select(schema.names).cast(schema) for table in tables] or [schema.empty_table()])


def _result(work: Workspace, inputs: PeriodInputs, jurisdiction: Jurisdiction) -> PeriodResult:
    def read_table(name: str) -> pd.DataFrame:
        return work.read_table(f"{inputs.period}/{name}")

    return period_result(
        read_table,
        work.read_sheet(inputs.period),
        period=Period.parse(inputs.period),
        cutoff=inputs.cutoff,
        rules=rules_of(inputs),
        jurisdiction=jurisdiction,
        rosters=[batch.batch_id for batch in inputs.batches["roster"]],
    )


def _running_before(period: Period, results: dict[str, PeriodResult]) -> list[PeriodResult]:
    """The unbroken run of earlier results, newest first, starting before ``period``."""
    running = []
    while (earlier := results.get(period.previous().label)) is not None:
        running.append(earlier)
        period = period.previous()
    return running


def _input(batch: BatchManifest) -> InputBatch:
    return InputBatch(
        feed=batch.feed,
        period=batch.period,
        batch=batch.folder,
        source_name=batch.source_name,
        sha256=batch.sha256,
        accepted=batch.accepted,
    )


def _summary(inputs: PeriodInputs, verdicts: pd.DataFrame) -> dict[str, Any]:
    first = Period.parse(inputs.period).first
    filed = [batch for batches in inputs.batches.values() for batch in batches if Period.parse(batch.period).first >= first]
    return {
        "delivered": sum(batch.delivered for batch in filed),
        "accepted": sum(batch.accepted for batch in filed),
        "rejected": sum(batch.rejected for batch in filed),
        "judged": len(verdicts),
        "failed": int((verdicts["verdict"] == UNQUALIFIED).sum()),
        "not_inspected": int((verdicts["verdict"] == NOT_INSPECTED).sum()),
        "not_measured": int((verdicts["not_measured"] > 0).sum()),
        "verdicts": {str(verdict): int(count) for verdict, count in verdicts["verdict"].value_counts().sort_index().items()},
    }

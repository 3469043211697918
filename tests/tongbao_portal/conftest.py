"""Two offices' archive, small and synthetic, and a door that knows users by the roles of a production installation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from upath import UPath

from tongbao.archive import Archive
from tongbao.jurisdiction import find_jurisdiction
from tongbao.manifests import Decision, Outcome, Stage
from tongbao.period import Period
from tongbao_airflow.roles import OPERATOR, READ, VIEWER, Right, dag_resource, reviewer_role, wanted
from tongbao_portal.app import make_app

if TYPE_CHECKING:
    from tongbao_portal.door import Door

AT = datetime(2024, 7, 10, 1, tzinfo=UTC)
Q2 = Period.parse("2024-Q2")
OWN, OTHER = "lizhengxian", "shiliqi"
ROLES = {
    "viewer": VIEWER,
    "operator": OPERATOR,
    "own": reviewer_role(OWN),
    "other": reviewer_role(OTHER),
    "stranger": "",
}
EDITION = f"/tongbao/editions/{OWN}/quarterly/2024-Q2/0001/"
PUBLICATION = f"/tongbao/publications/{OTHER}/quarterly/2024-Q2/0001/"
BATCH = f"/tongbao/batches/{OWN}/roster/2024-Q2/"
PDF = b"%PDF-1.4 example"
DOCX = b"PK example"


class RoleDoor:
    """Knows the user by his bearer token or cookie, and his rights as Flask-AppBuilder would."""

    def __init__(self) -> None:
        self.rights = {"": frozenset[Right](), **wanted([find_jurisdiction(OWN), find_jurisdiction(OTHER)])}
        self.results: dict[tuple[str, str, str], Any] = {}

    async def user(self, request: Request) -> str | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or request.cookies.get("_token", "")
        return token if token in ROLES else None

    def login_url(self, following: str) -> str:
        return f"/auth/login?next={following}"

    def may_enter(self, user: str) -> bool:
        return any(action == READ and resource.startswith("DAG") for action, resource in self._of(user) if resource != "DAG Runs")

    def may_read_runs(self, user: str, dag_id: str) -> bool:
        return (READ, "DAG Runs") in self._of(user) and self._reads(user, dag_id)

    def may_read_output(self, user: str, dag_id: str) -> bool:
        return {(READ, "XComs"), (READ, "Task Instances")} <= self._of(user) and self._reads(user, dag_id)

    def returned(self, dag_id: str, run_id: str, task_id: str) -> Any:
        return self.results.get((dag_id, run_id, task_id))

    def _of(self, user: str) -> frozenset[Right]:
        return self.rights[ROLES[user]]

    def _reads(self, user: str, dag_id: str) -> bool:
        return bool({(READ, "DAGs"), (READ, dag_resource(dag_id))} & self._of(user))


def file_edition(archive: Archive, office: str, identity: str, period: Period = Q2, **facts: Any) -> Any:
    files = {
        "circular.docx": DOCX,
        "circular.pdf": PDF,
        "annexes.xlsx": b"PK annex",
        "basis.json": b"{}",
        "parts/quarterly.yaml": b"x",
    }
    return archive.file_edition(
        jurisdiction=office,
        circular="quarterly",
        period=period,
        identity=identity,
        files=files,
        **{
            "cutoff": Q2.end_at,
            "inputs": (),
            "rules": {"id": "national-2019", "title": "检查指标"},
            "parts": {},
            "versions": {},
            "summary": {},
            "gate": {"checked": {"figure": 7}, "breaches": []},
            "run": {"reason": "<b>更正</b>"},
            "filed_at": AT,
        }
        | facts,
    )[0]


def file_publication(archive: Archive, edition: Any, identity: str = "p1", **facts: Any) -> Any:
    return archive.file_publication(
        jurisdiction=edition.jurisdiction,
        circular="quarterly",
        period=Q2,
        identity=identity,
        files={"circular.docx": DOCX, "circular.pdf": PDF, "edited.docx": DOCX, "gate.json": b"{}"},
        **{
            "edition": edition.number,
            "edition_identity": edition.identity,
            "title": "关于2024年第二季度检查情况的通报",
            "document_number": 12,
            "number_text": "示政服字〔2024〕12号",
            "number_code": "示政服字",
            "issued_on": date(2024, 7, 20),
            "deadline": date(2024, 8, 5),
            "signed_by": "wang",
            "signed_at": AT,
            "gate": {},
            "headlines": [],
            "summary": {},
            "versions": {},
            "run": {},
            "published_at": AT,
        }
        | facts,
    )[0]


def file_batch(archive: Archive, office: str, name: str = "名册.xlsx", identity: str = "a" * 64) -> Any:
    return archive.file_batch(
        jurisdiction=office,
        feed="roster",
        period=Q2,
        identity=identity,
        files={"validation.html": b"<p>ok</p>", "rejected.xlsx": b"PK r", f"original/{name}": b"PK o", "data.parquet": b"PAR1"},
        source_name=name,
        sheet="",
        sha256="0" * 64,
        delivered=3,
        accepted=2,
        rejected=1,
        warned=0,
        received_at=AT,
    )


def decide(archive: Archive, edition: Any, stage: Stage, outcome: Outcome = Outcome.PASSED, by: str = "zhang") -> None:
    archive.add_decision(edition, Decision(round="r1", stage=stage, outcome=outcome, by=by, at=AT, reason="附件有误"))


class Served:
    """The pages as mounted, over whichever site was asked last."""

    site: Site

    def __init__(self) -> None:
        parent = FastAPI()
        parent.mount("/tongbao", make_app(cast("Door", _SitesDoor(self)), lambda: self.site.archive))
        self.client = TestClient(parent, follow_redirects=False, raise_server_exceptions=False)


class _SitesDoor:
    def __init__(self, served: Served) -> None:
        self._served = served

    def __getattr__(self, name: str) -> Any:
        return getattr(self._served.site.door, name)


@cache
def served() -> Served:
    return Served()


class Site:
    """An archive and its pages: ``OWN`` has a draft sent back and a batch, ``OTHER`` an issued circular."""

    def __init__(self, folder: Path | str) -> None:
        self.archive = Archive(UPath(folder))
        self.door = RoleDoor()
        self.draft = file_edition(self.archive, OWN, "d1")
        decide(self.archive, self.draft, Stage.FIRST, Outcome.RETURNED)
        self.issued = file_publication(self.archive, file_edition(self.archive, OTHER, "d2"))
        self.batch = file_batch(self.archive, OWN)

    @property
    def client(self) -> TestClient:
        """Asks the pages of this archive; the pages themselves are made once, for every site."""
        mounted = served()
        mounted.site = self
        return mounted.client

    def get(self, path: str, user: str = "", *, accept: str = "*/*", **headers: str) -> Any:
        own = {"authorization": f"Bearer {user}"} if user else {}
        return self.client.get(path, headers={"accept": accept, **own, **headers})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("portal") / "archive")

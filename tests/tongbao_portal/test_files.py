"""Files go out under their Chinese names, byte for byte as their manifest knows them, and nothing else ever does."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.tongbao_portal.conftest import BATCH, DOCX, EDITION, OWN, PDF, PUBLICATION, Site, file_batch, file_edition
from tongbao import draft
from tongbao.intake import deliver
from tongbao.manifests import Withdrawal
from tongbao.publication import issue
from tongbao_portal import files
from tongbao_portal.files import disposition

NOT_SERVED = [
    "basis.json",
    "manifest.json",
    "claim.json",
    "parts/quarterly.yaml",
    "parts%2fquarterly.yaml",
    "..%2f0001%2fcircular.docx",
    "%2e%2e/0001/circular.docx",
    "..%5c0001%5ccircular.docx",
    "%2fetc%2fpasswd",
    "circular.docx%00",
    "%2e%2e%2f0001%2fcircular.docx",
    "circular.docx/",
    "circular.docx%2f",
    "CIRCULAR.DOCX",
    " circular.docx",
    "notices.zip",
    "reconciliation.xlsx",
]
NO_PLACE = [
    EDITION.replace("0001", "1"),
    EDITION.replace("0001", "00001"),
    EDITION.replace("0001", "０００１"),
    EDITION.replace("0001", ".."),
    EDITION.replace("0001", "%2e%2e"),
    EDITION.replace("2024-Q2", "2024-q2"),
    EDITION.replace("2024-Q2", "%202024-Q2"),
    EDITION.replace("2024-Q2", ".."),
    EDITION.replace("quarterly", ".."),
    EDITION.replace("quarterly", "Quarterly"),
    EDITION.replace(OWN, "..%2f" + OWN),
    EDITION.replace(OWN, "C:"),
    EDITION.replace(OWN, "nobody"),
    PUBLICATION + "gate.json",
    PUBLICATION.replace("0001", "0002"),
    f"{BATCH}0001-aaaaaaaaaaaa/data.parquet",
    f"{BATCH}0001-aaaaaaaaaaaa/manifest.json",
    f"{BATCH}0001-aaaaaaaaaaaa/original%2f名册.xlsx",
    f"{BATCH}0001/",
    f"{BATCH}../",
    BATCH.replace("roster", "..") + "0001-aaaaaaaaaaaa/",
    "/tongbao/offices/nobody/",
    f"/tongbao/offices/{OWN}/batches/?period=../..",
]


@pytest.mark.parametrize("path", [*(EDITION + name for name in NOT_SERVED), *NO_PLACE])
def test_what_no_manifest_names_is_not_found(site: Site, path: str) -> None:
    assert site.get(path, "operator").status_code in (403, 404)


@pytest.mark.parametrize(
    ("path", "media_type", "content", "saved"),
    [
        (f"{EDITION}circular.docx", "wordprocessingml.document", DOCX, "例证县2024年第二季度通报（草稿第0001版）.docx"),
        (f"{EDITION}circular.pdf", "application/pdf", PDF, "例证县2024年第二季度通报（草稿第0001版）.pdf"),
        (f"{PUBLICATION}circular.docx", "wordprocessingml", DOCX, "示政服字〔2024〕12号关于2024年第二季度检查情况的通报.docx"),
        (f"{BATCH}0001-aaaaaaaaaaaa/rejected.xlsx", "spreadsheetml.sheet", b"PK r", "名册（退回的行）.xlsx"),
        (f"{BATCH}0001-aaaaaaaaaaaa/original", "application/octet-stream", b"PK o", "名册.xlsx"),
    ],
)
def test_files_are_saved_under_chinese_names(site: Site, path: str, media_type: str, content: bytes, saved: str) -> None:
    answer = site.get(path, "operator")
    assert media_type in answer.headers["content-type"]
    assert answer.content == content
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-disposition"].endswith(f"filename*=UTF-8''{quote(saved)}")


def test_only_what_is_harmless_is_shown_in_the_browser(site: Site) -> None:
    assert site.get(f"{EDITION}circular.pdf?view", "operator").headers["content-disposition"].startswith("inline")
    assert site.get(f"{EDITION}circular.docx?view", "operator").headers["content-disposition"].startswith("attachment")
    assert site.get(f"{BATCH}0001-aaaaaaaaaaaa/original?view", "operator").headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("path", ["/tongbao/", EDITION, f"{EDITION}circular.pdf", "/tongbao/nothing"])
@pytest.mark.parametrize("user", ["operator", ""])
def test_every_answer_carries_the_headers(site: Site, path: str, user: str) -> None:
    headers = site.get(path, user).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_head_says_the_same_without_the_bytes(site: Site) -> None:
    answer = site.client.head(f"{EDITION}circular.docx", headers={"authorization": "Bearer operator"})
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(DOCX)))


@pytest.mark.parametrize("how", ["changed", "gone", "link"])
def test_a_file_that_is_not_the_archived_one_stays_inside(tmp_path: Path, how: str) -> None:
    site = Site(tmp_path / "archive")
    file = Path(str(site.archive.edition_file(site.draft, "circular.docx")))
    file.unlink()
    if how == "changed":
        file.write_bytes(b"PK another")
    elif how == "link":
        (tmp_path / "secret").write_bytes(b"secret")
        file.symlink_to(tmp_path / "secret")
    answer = site.get(f"{EDITION}circular.docx", "operator")
    assert answer.status_code == 500
    assert "circular.docx缺失或已被改动" in answer.json()["detail"]


def test_an_unfinished_edition_is_not_there(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    Path(str(site.archive.edition_file(site.draft, "manifest.json"))).unlink()
    assert site.get(f"{EDITION}circular.docx", "operator").status_code == 404


def test_an_archive_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(tmp_path / "archive")

    def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(type(site.archive), "editions", away)
    answer = site.get(EDITION, "operator", accept="text/html")
    assert (answer.status_code, "归档暂时读不到" in answer.text) == (503, True)


def test_a_withdrawn_circular_says_so_in_its_name(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    site.archive.withdraw(site.issued, Withdrawal(by="wang", at=site.issued.signed_at, reason="数据有误"))
    assert quote("【已撤回】示政服字") in site.get(f"{PUBLICATION}circular.docx", "viewer").headers["content-disposition"]
    assert "数据有误" in site.get(PUBLICATION, "viewer").text
    assert "已撤回</span>" in site.get("/tongbao/", "viewer").text


def test_names_from_tables_do_no_harm(tmp_path: Path) -> None:
    site = Site(tmp_path / "archive")
    batch = file_batch(site.archive, OWN, 'a"<script>alert(1)<script>\r\nX: y.xlsx', "b" * 64)
    where = f"{BATCH}{batch.folder}/"
    assert "<script" not in site.get(where, "operator").text
    answer = site.get(f"{where}original", "operator")
    assert "x" not in answer.headers
    assert answer.headers["content-disposition"] == disposition("a_script_alert(1)_script_X_ y.xlsx", inline=False)


def test_no_name_is_left_without_a_name() -> None:
    assert disposition("///", inline=False) == "attachment; filename=\"tongbao\"; filename*=UTF-8''_"
    assert disposition("..", inline=True) == "inline; filename=\"tongbao\"; filename*=UTF-8''file"


def test_the_names_are_those_the_library_files() -> None:
    assert set(files.DRAFT_FILES) == {draft.CIRCULAR, draft.PDF, draft.ANNEXES, draft.RECONCILED, draft.NOTICES}
    assert set(files.ISSUED_FILES) == {draft.CIRCULAR, draft.PDF, draft.ANNEXES, draft.NOTICES}
    assert set(files.ISSUING_FILES) == {issue.GENERATED, issue.HANDED_IN, issue.DIFFERENCES_PAGE}
    assert (deliver.PAGE, deliver.REJECTED) == ("validation.html", "rejected.xlsx")


def test_a_draft_of_thousands_of_rows_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_IN_MEMORY", 1)
    monkeypatch.setattr(files, "_BLOCK", 4)
    site = Site(tmp_path / "archive")
    assert file_edition(site.archive, OWN, "d1").number == 1
    assert site.get(f"{EDITION}circular.docx", "operator").content == DOCX


def test_the_archive_may_lie_in_a_store() -> None:
    site = Site("memory://portal-test")
    assert site.get(f"{EDITION}circular.docx", "own").content == DOCX
    assert EDITION in site.get("/tongbao/", "own").text
    site.archive.edition_file(site.draft, "circular.docx").unlink()
    assert site.get(f"{EDITION}circular.docx", "own").status_code == 500

"""The HTML pages a publication comes with: each one file that opens without a network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tongbao.archive import Archive
from tongbao.draft import ANNEXES, CIRCULAR, NOTICES, PDF
from tongbao.formatting import date_text
from tongbao.home import home
from tongbao.jurisdiction import Jurisdiction
from tongbao.manifests import PublicationManifest
from tongbao.period import Period
from tongbao.publication.edited import Edited
from tongbao.web_page import page_templates

IN_FORCE, CORRECTED, WITHDRAWN = "已印发", "已更正", "已撤回"
_FILES = {CIRCULAR: "Word", PDF: "PDF", ANNEXES: "附件表", NOTICES: "整改通知书"}


def write_index(archive: Archive, jurisdiction: Jurisdiction) -> str:
    """Write the page of all circulars of an office anew from the archive; returns its path or URL."""
    return str(archive.write_index(jurisdiction.id, index_page(archive, jurisdiction)))


def index_page(archive: Archive, jurisdiction: Jurisdiction) -> bytes:
    """All circulars an office published, newest first, withdrawn and corrected ones marked; links are relative."""
    publications = list(archive.every_publication(jurisdiction.id))
    newest = {(p.circular, p.period): p.number for p in publications}
    rows = [_row(archive, p, is_newest=newest[p.circular, p.period] == p.number) for p in publications]
    rows.sort(key=lambda row: (row["issued_on_key"], row["number_text"], row["place"]), reverse=True)
    return _draw("index.html.jinja", office=jurisdiction.name, rows=rows)


def differences_page(title: str, edited: Edited) -> bytes:
    """What differs between the generated and the edited file, for people to read."""
    return _draw("differences.html.jinja", title=title, edited=edited)


def status_of(archive: Archive, publication: PublicationManifest, *, is_newest: bool) -> tuple[str, str]:
    """Whether a publication is in force, corrected by a later one or withdrawn, and what is said of it."""
    withdrawal = archive.withdrawal(publication)
    if withdrawal is not None:
        return WITHDRAWN, withdrawal.reason
    return (IN_FORCE, publication.reason) if is_newest else (CORRECTED, "")


def _row(archive: Archive, publication: PublicationManifest, *, is_newest: bool) -> dict[str, Any]:
    status, note = status_of(archive, publication, is_newest=is_newest)
    place = f"publications/{publication.circular}/{publication.period}/{publication.folder}"
    return {
        "period": Period.parse(publication.period).title,
        "title": publication.title,
        "number_text": publication.number_text,
        "issued_on": date_text(publication.issued_on),
        "issued_on_key": publication.issued_on,
        "status": status,
        "note": note,
        "rates": [f"{row['scope']}{row['pass_rate']}" for row in publication.headlines],
        "place": place,
        "files": list(_links(publication.files, place)),
    }


def _links(files: Iterable[str], place: str) -> list[tuple[str, str]]:
    return [(title, f"{place}/{name}") for name, title in _FILES.items() if name in files]


def _draw(template: str, **values: Any) -> bytes:
    return page_templates(home() / "templates").get_template(template).render(**values).encode()

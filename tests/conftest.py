"""What all tests share: no test may write into the installation's own archive."""

from __future__ import annotations

import gc
import ipaddress
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sample_run import SampleRun

INTAKE, DRAWN = "intake", "drawn"
TAKES_IN = ("tests/tongbao/intake/", "tests/tongbao/test_steps.py", "tests/tongbao/test_cli.py")
DRAWS = ("tests/tongbao/circular/test_geometry.py", "tests/tongbao/circular/test_letter_template.py")
LONGEST = (
    "tests/dags/test_backfill.py",
    INTAKE,
    "tests/samples/test_scan_demo.py",
    DRAWN,
    *(
        f"tests/tongbao/{name}.py"
        for name in (
            "scoring/test_properties",
            "circular/test_notices",
            "measures/test_sections",
            "circular/test_charts",
            "circular/test_pdf",
            "measures/test_measure",
            "scan/evidence/test_screenshot",
            "circular/test_no_wording_in_python",
            "scoring/test_resolution",
            "circular/test_render",
            "scoring/test_golden",
        )
    ),
)
"""Shares of few tests that take seconds."""
NOWHERE = Path("/dev/null")
"""No folder, and none can be made in it: a test that writes to the archive asks for ``tmp_path``."""


@pytest.fixture(autouse=True)
def _own_archive(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only tests that ask for a folder have one made: there are thousands of others.
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else NOWHERE
    monkeypatch.setenv("TONGBAO_ARCHIVE", str(folder / "archive"))
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "false")


@pytest.fixture(scope="session", autouse=True)
def _loopback_alone() -> Iterator[None]:
    """No test sends anything elsewhere: other addresses are refused, other names unknown, as on a machine without a network."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connect_here(self: socket.socket, address: Any) -> None:
        is_inet = self.family in (socket.AF_INET, socket.AF_INET6)
        if is_inet and not ipaddress.ip_address(address[0].split("%")[0]).is_loopback:
            raise AssertionError(f"a test reaches for {address}")
        connect(self, address)

    def look_up_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost", socket.gethostname()):
            try:
                ipaddress.ip_address(name.split("%")[0])
            except ValueError:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setattr(socket, "getaddrinfo", look_up_here)
        yield


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """Both quarters of the sample, taken in once; read-only for whoever uses it."""
    from tests.sample_run import PERIODS, SampleRun, take_in

    folder = tmp_path_factory.mktemp("sample") / "archive"
    take_in(folder, *PERIODS)
    return SampleRun(folder)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs an outside program, and what takes the sample through all of the library, for quick runs to leave out."""
    if any("is not installed" in mark.kwargs.get("reason", "") for mark in item.iter_markers("skipif")):
        item.add_marker(pytest.mark.office)
    if "sample_run" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.whole)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest shares, so that the workers end together: those of few long tests, then those of most tests."""
    if not hasattr(config, "workerinput"):
        return
    sizes = Counter(share_of(item.nodeid) for item in items)
    first = {share: place for place, share in enumerate(LONGEST)}
    items.sort(key=lambda item: (first.get(share := share_of(item.nodeid), len(first)), -sizes[share], share))


def pytest_collection_finish() -> None:
    """Leave a million imported objects alone: looking through them for garbage again and again takes a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure() -> None:
    """Let them go in the end: extension modules complain of what is left over."""
    gc.unfreeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread shares, not tests, over the workers."""
    from xdist.scheduler import LoadScopeScheduling

    # Otherwise a share of few tests comes last, however long they are.
    config.option.loadscopereorder = False

    class ByShare(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return share_of(nodeid)

    return ByShare(config, log)


def share_of(nodeid: str) -> str:
    """What one worker runs whole: a file, or all that shares what takes seconds.

    Great Expectations and the sample taken in; documents LibreOffice draws together.
    """
    file = nodeid.partition("::")[0]
    if file.startswith(TAKES_IN):
        return INTAKE
    return DRAWN if file in DRAWS else file

"""The naming rules of domains."""

from __future__ import annotations

import pytest

from tongbao.scan.page.domain import domain_of


@pytest.mark.parametrize(
    ("host", "is_government", "is_portal_form", "is_department_form", "is_bare"),
    [
        ("www.shiliqi.gov.cn", True, True, True, False),
        ("WWW.Shiliqi.GOV.CN.", True, True, True, False),
        ("www.shiliqi.gov.cn:8080", True, True, True, False),
        ("jyj.shiliqi.gov.cn", True, False, True, False),
        ("www.jyj.shiliqi.gov.cn", True, False, False, False),
        ("shiliqi.gov.cn", True, False, False, True),
        ("示例旗.政务.cn", True, False, False, True),
        ("www.shiliqi.com", False, False, False, False),
        ("www.shiligov.cn", False, False, False, False),
        ("gov.cn", False, False, False, False),
        ("", False, False, False, False),
    ],
)
def test_forms(host: str, is_government: bool, is_portal_form: bool, is_department_form: bool, is_bare: bool) -> None:
    facts = domain_of(host)
    assert (facts.is_government, facts.is_portal_form, facts.is_department_form, facts.is_bare) == (
        is_government,
        is_portal_form,
        is_department_form,
        is_bare,
    )
    assert not facts.is_address


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1:8080", "[::1]", "::1"])
def test_bare_addresses(host: str) -> None:
    facts = domain_of(host)
    assert facts.is_address
    assert not facts.is_government

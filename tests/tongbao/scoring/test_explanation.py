"""Every verdict can be told to the unit line by line."""

from __future__ import annotations

import pytest

from tongbao.errors import TongbaoError
from tongbao.scoring import explain


def test_a_scored_portal(world, rules):
    world.portal("site")
    world.found("site", "D4.3.1", 4, description="首页“办事大厅”链接打不开")
    world.found("site", "D4.3.2", 3)
    told = explain(world.judge().sheet, rules, "site")
    assert (told.verdict, told.score, told.deducted, told.grade, told.vetoes) == ("qualified", 99.0, 1.0, "合格", ())
    homepage, others = (line for line in told.lines if line.clause in ("D4.3.1", "D4.3.2"))
    assert (homepage.points, homepage.counted, homepage.cap, homepage.is_capped) == (0.8, 0.8, 1.0, False)
    assert (others.points, others.counted, others.cap, others.is_capped) == (0.3, 0.2, 1.0, True)
    assert (homepage.name, homepage.problem, homepage.remedy) == ("首页链接无法访问", "首页链接无法访问", "更正或者删除所列链接")
    assert (homepage.count, homepage.basis, homepage.evidence) == (4, "person", "首页“办事大厅”链接打不开")
    assert sum(line.counted for line in told.lines if line.part == "deduction") == told.deducted


def test_a_failed_account(world, rules):
    world.account("a")
    world.measured("a", "VM2.1", "breached", 15.0, "最后更新于2020-09-10")
    told = explain(world.judge().sheet, rules, "a")
    assert (told.verdict, told.score, told.vetoes) == ("unqualified", None, ("VM2",))
    [line] = [line for line in told.lines if line.state == "breached"]
    assert (line.clause, line.problem, line.cap) == ("VM2.1", "监测时间点前14天内无更新", None)


def test_someone_not_inspected(world, rules):
    world.account("a", seen=False)
    told = explain(world.judge().sheet, rules, "a")
    assert (told.verdict, told.reason, told.lines, told.grade) == ("not_inspected", "截止监测时间点无任何观测记录", (), None)


def test_an_unknown_subject_is_told_so(world, rules):
    world.account("a")
    with pytest.raises(TongbaoError, match=r"评分表中没有“b”.*请核对标识码"):
        explain(world.judge().sheet, rules, "b")

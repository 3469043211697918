"""The vocabulary as shipped knows what offices write, and refuses files that contradict themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tongbao.errors import ConfigurationError
from tongbao.feeds import FEEDS
from tongbao.vocabulary import Vocabulary, fold, load_vocabulary

SHIPPED = Path(__file__).parents[2] / "config" / "vocabulary"


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_vocabulary()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "vocabulary"))


def test_every_title_and_name_of_the_contract_is_accepted(vocabulary: Vocabulary) -> None:
    for feed in FEEDS.values():
        for column in feed.columns:
            assert vocabulary.column(feed.name, column.title) == (column.name, 0)
            assert vocabulary.column(feed.name, column.name) is not None


@pytest.mark.parametrize(
    ("feed", "header", "column"),
    [
        ("roster", "主办单位（盖章）", "sponsor"),
        ("roster", " 账 号 名 称 *", "name"),
        ("roster", "账号ＩＤ", "subject_id"),
        ("roster", "网站标识码（账号ID）", "subject_id"),
        ("roster", "承办（运维）单位", "operator"),
        ("probes", "耗时(毫秒)", "elapsed_s"),
        ("updates", "最近更新时间", "last_published_at"),
        ("links", "死链地址", "link"),
        ("findings", "是否存在问题", "state"),
        ("roster", "序号", None),
    ],
)
def test_headers(vocabulary: Vocabulary, feed: str, header: str, column: str | None) -> None:
    known = vocabulary.column(feed, header)
    assert (known[0] if known else None) == column


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("政务微信", "微信公众号"),
        ("订阅号", "微信公众号"),
        ("头条号", "今日头条"),
        ("短视频", "抖音"),
        ("ａｐｐ", "移动客户端"),
        ("B站", "哔哩哔哩"),
        ("其它", "其他"),
        ("云上牧场号", None),
    ],
)
def test_platforms(vocabulary: Vocabulary, written: str, canonical: str | None) -> None:
    assert vocabulary.platform(written) == canonical


def test_the_other_platforms_are_printed_last(vocabulary: Vocabulary) -> None:
    assert vocabulary.platforms[0] == "微信公众号"
    assert vocabulary.platforms[-1] == "其他"
    assert len(vocabulary.platforms) == 20


@pytest.mark.parametrize(
    ("column", "word", "value"),
    [
        ("outcome", "超时", "timeout"),
        ("outcome", "404", "http_4xx"),
        ("outcome", "HTTP 502", "http_5xx"),
        ("outcome", "301", "ok"),
        ("outcome", "403", "blocked"),  # a scanner turned away is not a dead page
        ("outcome", "抽风", None),
        ("status", "已注销", "cancelled"),
        ("state", "否", "met"),
        ("section_class", "NEWS", "news"),
        ("unit_class", "街道办事处", "township"),
        ("kind", "政务新媒体", "account"),
    ],
)
def test_choices(vocabulary: Vocabulary, column: str, word: str, value: str | None) -> None:
    assert vocabulary.choice(column, word) == value


@pytest.mark.parametrize(
    ("word", "value"), [("是", True), ("√", True), ("Ｙ", True), ("1", True), ("×", False), ("无", False), ("也许", None)]
)
def test_flags(vocabulary: Vocabulary, word: str, value: bool | None) -> None:
    assert vocabulary.flag(word) is value


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("政策解读", "interpretation"),
        ("政策文件", "policy"),
        ("通知公告", "notice"),
        ("旗内要闻", "news"),
        ("领导信箱", "interaction"),
        ("首页", "homepage"),
        ("首页轮播图", "other"),
        ("机构职能", "other"),
    ],
)
def test_section_classes(vocabulary: Vocabulary, section: str, expected: str) -> None:
    assert vocabulary.section_class(section) == expected


@pytest.mark.parametrize(
    ("name", "feed", "declared"),
    [
        ("政务新媒体备案清单", "roster", True),
        ("系统外政务新媒体排查表", "roster", False),
        ("未备案账号清单", "roster", False),
        ("首页探测记录", "probes", None),
        ("检查问题清单", "findings", True),
        ("抽查名单", "sample", None),
        ("Sheet1", None, None),
    ],
)
def test_names_of_files(vocabulary: Vocabulary, name: str, feed: str | None, declared: bool | None) -> None:
    assert vocabulary.feed_named(name) == feed
    assert vocabulary.declared_named(name) is declared


@pytest.mark.parametrize(
    ("text", "is_note"),
    [
        ("注：本表按机构顺序排列", True),
        ("注1. 以上账号", True),
        ("（备注：截图另附）", True),
        ("填表人：办公室", True),
        ("说明", True),
        ("以下空白", True),
        ("注册会计师行业管理处", False),
        ("说明书管理科", False),
        ("联系人民政府热线", False),
    ],
)
def test_notes(vocabulary: Vocabulary, text: str, is_note: bool) -> None:
    assert vocabulary.is_note(text) is is_note


def test_units_in_headers(vocabulary: Vocabulary) -> None:
    assert vocabulary.scale("probes", "elapsed_s", "响应时间（毫秒）") == 0.001
    assert vocabulary.scale("probes", "elapsed_s", "耗时（秒）") == 1.0


def test_folding_ignores_width_case_space_and_marks() -> None:
    assert fold(" ＡＰＰ　名称*：") == "app名称"


def test_the_hash_follows_the_files(folder: Path, vocabulary: Vocabulary) -> None:
    assert load_vocabulary(folder).hash == vocabulary.hash
    with (folder / "platforms.yaml").open("a", encoding="utf-8") as file:
        file.write("# 新的一行\n")
    assert load_vocabulary(folder).hash != vocabulary.hash


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("platforms.yaml", "小红书: [小红书号]", "小红书: [小红书号, 抖音号]", "抖音号"),
        ("headers.yaml", "    operator: [", "    operator: [责任单位, ", "责任单位"),
        ("headers.yaml", "    operator: [", "    运维: [", "运维"),
        ("values.yaml", '"n", "no",', "no,", "flags.false"),
        ("files.yaml", "  sample: [", "  samples: [", "samples"),
        ("sections.yaml", "default: other", "default: [", "YAML"),
    ],
)
def test_contradictions_are_named(folder: Path, file: str, old: str, new: str, said: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_vocabulary(folder)
    assert said in str(caught.value)
    assert caught.value.place.file == file


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "files.yaml").unlink()
    with pytest.raises(ConfigurationError, match=r"files\.yaml"):
        load_vocabulary(folder)

"""Every rule the checker knows: what it demands, where that is written, and how grave a departure is.

Clauses: 9704 is GB/T 9704—2012《党政机关公文格式》, 15834 is GB/T 15834—2011《标点符号用法》, 15835 is GB/T 15835—2011
《出版物上数字用法》. 实务 marks what no standard writes but printing or Word needs.
"""

from __future__ import annotations

from dataclasses import dataclass

from tongbao.circular.lint.fault import Fault, Severity, Spot


@dataclass(frozen=True)
class Rule:
    """``required`` follows the word 应当 in a message."""

    id: str
    required: str
    clause: str
    severity: Severity


_PRACTICE = "实务"
_TABLE: dict[str, tuple[tuple[str, str, str], ...]] = {
    # A trailing * marks a recommendation.
    "9704 5": (
        ("page-size", "为A4纸，210毫米×297毫米", "5.1"),
        ("margin-top", "使天头为37毫米（上边距，横排页为28毫米）", "5.2.1"),
        ("margin-bottom", "使版心高225毫米（下边距35毫米，横排页为26毫米）", "5.2.1"),
        ("margin-left", "使订口为28毫米（左边距，横排页为35毫米）", "5.2.1"),
        ("margin-right", "使版心宽156毫米（右边距26毫米，横排页为37毫米）", "5.2.1"),
        ("page-gutter", "不设装订线：28毫米的左边距已是订口", "5.2.1"),
        ("lines-per-page", "每面排22行（固定值28.95磅）", "5.2.3"),
        ("lines-fill*", "使22行撑满版心（固定值28.95磅）", "5.2.3"),
        ("grid-pitch", "每面排22行（行网格跨度28.95磅）", "5.2.3"),
        ("characters-per-line", "每行排28字（三号字，字符间距紧缩0.25磅）", "5.2.3"),
        ("grid-characters*", "只设行网格，以紧缩0.25磅排足28字：字符网格在 LibreOffice 中每行只排14字", "5.2.3"),
        ("text-colour", "为黑色", "5.2.4"),
    ),
    "9704 7.2": (
        ("copy-number", "为6位阿拉伯数字，顶格编排在版心左上角第一行", "7.2.1"),
        ("secrecy-font", "用3号黑体，顶格编排", "7.2.2"),
        ("secrecy-form", "写作“机密★1年”，保密期限用阿拉伯数字", "7.2.2"),
        ("urgency-font", "用3号黑体，顶格编排", "7.2.3"),
        ("head-order", "自上而下依次为份号、密级和保密期限、紧急程度", "7.2.3"),
        ("mark-colour", "为红色", "7.2.4"),
        ("mark-centred", "居中", "7.2.4"),
        ("mark-font*", "用小标宋体", "7.2.4"),
        ("mark-position*", "使发文机关标志上边缘距版心上边缘35毫米", "7.2.4"),
        ("number-missing", "有发文字号", "7.2.5"),
        ("number-brackets", "用六角括号“〔〕”括入年份", "7.2.5"),
        ("number-year", "标全年份，用阿拉伯数字", "7.2.5"),
        ("number-ordinal-word", "不加“第”字", "7.2.5"),
        ("number-zero", "不编虚位（1不编为01），用阿拉伯数字", "7.2.5"),
        ("number-place", "居中（上行文居左空一字，信函顶格居右）", "7.2.5"),
        ("number-font", "用3号仿宋体", "7.2.5"),
        ("number-space", "编排在发文机关标志下空二行处", "7.2.5"),
        ("signer-form", "写作“签发人：姓名”，用全角冒号，居右空一字", "7.2.6"),
        ("signer-font", "使“签发人”用3号仿宋体、姓名用3号楷体", "7.2.6"),
        ("red-line-missing", "在发文字号之下有与版心等宽的红色分隔线", "7.2.7"),
        ("red-line-colour", "为红色", "7.2.7"),
        ("red-line-width", "与版心等宽（156毫米）", "7.2.7"),
        ("red-line-gap*", "距发文字号4毫米", "7.2.7"),
    ),
    "9704 7.3": (
        ("title-missing", "有标题", "7.3.1"),
        ("title-font", "用小标宋体", "7.3.1"),
        ("title-size", "用2号字（22磅）", "7.3.1"),
        ("title-bold", "不加粗", "7.3.1"),
        ("title-centred", "居中", "7.3.1"),
        ("title-shape*", "排成梯形或菱形，不排成长方形或沙漏形", "7.3.1"),
        ("title-breaks*", "按词意完整断行，由作者回行而不是自动换行", "7.3.1"),
        ("title-space", "编排在红色分隔线下空二行处", "7.3.1"),
        ("addressees-space", "编排在标题下空一行处", "7.3.2"),
        ("addressees-colon", "在最后一个主送机关后标全角冒号", "7.3.2"),
        ("addressees-indent", "居左顶格，回行仍顶格", "7.3.2"),
        ("addressees-font", "用3号仿宋体", "7.3.2"),
        ("body-font", "用仿宋体", "7.3.3"),
        ("body-size", "用3号字（16磅）", "7.3.3"),
        ("body-mixed*", "只用仿宋体，不夹排其他字体", "7.3.3"),
        ("body-indent", "每个自然段左空二字", "7.3.3"),
        ("body-wrap", "回行顶格", "7.3.3"),
        ("body-spacing", "不设段前段后间距，以免破坏每面22行", "5.2.3"),
        ("body-justify", "两端对齐，撑满版心", "5.2.3"),
        ("eastasia-font", "同时设置中文字体", "5.2.2"),
        ("level1-font", "用黑体", "7.3.3"),
        ("level2-font", "用楷体", "7.3.3"),
        ("level34-font", "用仿宋体", "7.3.3"),
        ("heading-size", "用3号字（16磅）", "7.3.3"),
        ("heading-bold*", "不加粗：标准没有规定加粗", "7.3.3"),
        ("level-skip", "依次用“一、”“（一）”“1.”“（1）”标注，不越级（只有两层时可用“一、”“1.”）", "7.3.3"),
        ("level-sequence", "依次编号，不缺号、不重号", "7.3.3"),
        ("annex-list-space", "编排在正文下空一行处", "7.3.4"),
        ("annex-list-indent", "左空二字编排", "7.3.4"),
        ("annex-list-colon", "写作“附件：”加附件名称，用全角冒号", "7.3.4"),
        ("annex-list-number", "写作“附件：1.×××××”，用阿拉伯数字加下脚点", "7.3.4"),
        ("annex-list-order", "从1开始依次编号", "7.3.4"),
        ("annex-list-single", "在只有一个附件时不编序号", "7.3.4"),
        ("annex-list-end", "在附件名称后不加标点符号", "7.3.4"),
        ("annex-list-marks*", "在附件名称上不加书名号", "7.3.4"),
        ("annex-list-wrap", "在回行时与上一行附件名称的首字对齐", "7.3.4"),
        ("annex-list-font", "用3号仿宋体", "7.3.4"),
        ("annex-list-place", "编排在正文之后、发文机关署名之前", "7.3.4"),
        ("annex-list-missing", "在正文之后有附件说明", "7.3.4"),
        ("signature-order", "使成文日期在发文机关署名之下", "7.3.5"),
        ("date-missing", "有成文日期", "7.3.5"),
        ("date-indent", "使成文日期右空四字（不加盖印章的，按署名右空二字推算）", "7.3.5.1"),
        ("office-place", "以成文日期为准居中编排（不加盖印章的，署名右空二字）", "7.3.5.1"),
        ("signature-font", "用3号仿宋体", "7.3.5"),
        ("date-zero", "不编虚位（1不编为01）", "7.3.5.4"),
        ("date-chinese", "用阿拉伯数字", "7.3.5.4"),
        ("date-year", "标全年份", "7.3.5.4"),
        ("date-form", "写作“2020年9月30日”", "7.3.5.4"),
        ("signature-page*", "与正文连在同一面：从正文末段到署名都设“与下段同页”", "7.3.5.5"),
        ("note-brackets", "用全角圆括号括入", "7.3.6"),
        ("note-indent", "居左空二字", "7.3.6"),
        ("note-font", "用3号仿宋体", "7.3.6"),
        ("annex-label-form", "写作“附件”或“附件1”，独占一行，不加冒号", "7.3.7"),
        ("annex-label-font", "用3号黑体", "7.3.7"),
        ("annex-label-indent", "顶格编排在版心左上角第一行", "7.3.7"),
        ("annex-label-page", "另面编排", "7.3.7"),
        ("annex-label-order", "与附件说明的顺序号一致", "7.3.7"),
        ("annex-count", "与附件说明的数量一致", "7.3.7"),
        ("annex-title-text", "与附件说明中的名称一致", "7.3.7"),
        ("annex-title-place", "居中编排在版心第三行（附件二字之下空一行）", "7.3.7"),
        ("annex-reference", "只提到有的附件", "7.3.7"),
    ),
    "9704 7.4": (
        ("imprint-missing*", "有版记（印发机关和印发日期）", "7.4"),
        ("imprint-rules", "有与版心等宽的首条、中间和末条分隔线", "7.4.1"),
        ("imprint-weight*", "使首条和末条用粗线（0.35毫米）、中间用细线（0.25毫米）", "7.4.1"),
        ("imprint-bottom*", "使末条分隔线与最后一面的版心下边缘重合", "7.4.1"),
        ("imprint-last", "在附件之后，为公文最后一个要素", "7.3.7"),
        ("imprint-even*", "编排在双页码的一面", "7.4"),
        ("imprint-font", "用4号仿宋体", "7.4.2"),
        ("imprint-indent", "左右各空一字", "7.4.2"),
        ("copy-to-colon", "在“抄送”后加全角冒号", "7.4.2"),
        ("copy-to-end", "在最后一个机关名称后标句号", "7.4.2"),
        ("copy-to-wrap", "在回行时与冒号后的首字对齐", "7.4.2"),
        ("print-date", "写作“2020年9月30日印发”", "7.4.3"),
        ("print-date-early*", "不早于成文日期", "7.4.3"),
    ),
    "9704 7.5": (
        ("page-number-missing", "在版心下边缘之下编排页码", "7.5"),
        ("page-number-font", "用宋体", "7.5"),
        ("page-number-size", "用4号字（14磅）", "7.5"),
        ("page-number-dashes", "只有数字，左右各放一条一字线“—”", "7.5"),
        ("page-number-format", "用半角阿拉伯数字", "7.5"),
        ("page-number-odd-even", "分奇偶页编排：单页码居右，双页码居左", "7.5"),
        ("page-number-side", "使单页码居右、双页码居左", "7.5"),
        ("page-number-space", "使页码外侧空一字", "7.5"),
        ("page-number-distance", "使一字线上距版心下边缘7毫米", "7.5"),
        ("page-number-continuous", "使附件与正文的页码连续编排", "7.5"),
        ("landscape-number", "使横排页的页码转向，位置与其他各面一致", "8"),
    ),
    "9704 10": (
        ("letter-mark", "使信函的发文机关标志不加“文件”二字", "10.1"),
        ("letter-first-page", "使信函首页不显示页码", "10.1"),
        ("letter-lines", "为红色双线，上一条上粗下细、长170毫米居中", "10.1"),
        ("letter-imprint", "使信函的版记不加印发机关、印发日期和分隔线", "10.1"),
    ),
    "15834": (
        ("title-punctuation", "在标题中除书名号、引号等外不用标点", "B.4"),
        ("level1-mark", "在“一”之后用顿号", "B.3"),
        ("level2-mark", "在“（一）”之后不用标点", "B.3"),
        ("level3-mark", "在“1”之后用下脚点", "B.3"),
        ("level4-mark", "写作“（1）”，之后不用标点", "B.3"),
        ("level-brackets", "用全角圆括号", "4.9"),
        ("heading-end", "在独占一行的层次标题末尾不用标点", "B.4"),
        ("latin-punctuation", "用全角中文标点", "5.1"),
        ("half-brackets", "用全角圆括号", "4.9"),
        ("straight-quotes", "用弯引号“ ”", "4.8"),
        ("unpaired-marks", "成对使用引号、括号、书名号", "4.8"),
        ("doubled-marks", "不连用同一点号", "5.1"),
        ("ellipsis*", "用六连点“……”", "4.11"),
        ("dash*", "用双线破折号“——”", "4.10"),
        ("marks-comma*", "在并列的书名号、引号之间不用顿号", "4.5"),
        ("inner-space*", "不在汉字之间留空格", "5.1"),
    ),
    "15835": (
        ("full-width-digits", "用半角阿拉伯数字", "5.1"),
        ("percent-sign*", "用半角百分号“%”", "5.1"),
        ("year-short", "标全年份", "5.1"),
        ("date-styles*", "统一日期写法", "4.3"),
        ("period-styles*", "统一用汉字或统一用阿拉伯数字写季度", "4.3"),
    ),
    _PRACTICE: (
        ("unfilled-place", "填写内容或删除", ""),
        ("draft-marks*", "接受或拒绝全部修订，删除批注和突出显示", ""),
        ("overflow-punct*", "打开“允许标点溢出边界”：LibreOffice 转换 PDF 时会丢失行末标点", ""),
        ("table-header*", "使长表格的首行为重复标题行", ""),
        ("table-rows*", "不允许表格行跨页断行", ""),
        ("table-cells", "使每行的单元格数与表格列数一致", ""),
        ("table-empty-cell", "使每个单元格含有段落，否则 Word 无法打开", ""),
        ("table-width*", "不宽于版心", ""),
        ("stock-parts*", "不带 python-docx 模板遗留的部件", ""),
        ("stock-properties*", "在文档属性中填写本单位信息", ""),
        ("old-mode*", "使用当前的 Word 兼容模式（15）", ""),
        ("language*", "把中文语言设为简体中文", ""),
    ),
}


def _rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for group, entries in _TABLE.items():
        standard = group.partition(" ")[0]
        for name, required, clause in entries:
            severity = Severity.WARNING if name.endswith("*") else Severity.ERROR
            where = standard if standard == _PRACTICE else f"GB/T {standard} {clause}"
            rules[name.rstrip("*")] = Rule(name.rstrip("*"), required, where, severity)
    return rules


RULES = _rules()


def fault(rule: str, place: Spot, found: str) -> Fault:
    """A departure from a rule of the table."""
    known = RULES[rule]
    return Fault(rule, place, found, known.required, known.clause, known.severity)

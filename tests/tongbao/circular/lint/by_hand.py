"""Documents as people make them in Word: no styles, everything set on the paragraph and the run."""

from __future__ import annotations

import io

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.oxml.ns import qn
from docx.section import _Footer
from docx.shared import Twips
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from tongbao.circular import gongwen as gw
from tongbao.circular.ooxml import element, put_property, put_run_property

FANGSONG, KAITI, HEITI, SONGTI, XIAOBIAOSONG = "仿宋", "楷体", "黑体", "宋体", "方正小标宋_GBK"
STOCK = {"stock-parts", "stock-properties", "old-mode", "language"}
"""What python-docx's own template brings along."""
LONG = "各地区、各单位要认真落实工作要求，加强组织领导，明确责任分工，按时完成各项任务，并将情况书面报送。"


class Draft:
    """A document being typed."""

    def __init__(self) -> None:
        self.document: Document = docx.Document()
        section = self.document.sections[0]
        section.page_width, section.page_height = Twips(11906), Twips(16838)
        section.top_margin, section.bottom_margin = Twips(2098), Twips(1984)
        section.left_margin, section.right_margin = Twips(1588), Twips(1474)
        section.footer_distance = Twips(1427)
        self.document.settings.odd_and_even_pages_header_footer = True
        _number(section.footer, "right")
        _number(section.even_page_footer, "left")

    def line(
        self,
        text: str = "",
        font: str = FANGSONG,
        size: int = 32,
        align: str = "both",
        *,
        first: float = 0,
        left: float = 0,
        right: float = 0,
        height: int = 579,
        spacing: int = -5,
        colour: str = "",
        keep: bool = False,
    ) -> Paragraph:
        """One paragraph; indentation in 字, size in half-points, height in twips."""
        paragraph = self.document.add_paragraph()
        properties = paragraph._p
        if keep:
            put_property(properties, element("keepNext"))
        put_property(properties, element("overflowPunct", val=1))
        put_property(properties, element("spacing", before=0, after=0, line=height, lineRule="exact"))
        character = size * 10 + spacing
        twips = {"firstLine": first, "left": left, "right": right}
        put_property(properties, element("ind", **{side: round(value * character) for side, value in twips.items() if value}))
        put_property(properties, element("jc", val=align))
        if text:
            dress(paragraph.add_run(text), font, size, spacing, colour)
        return paragraph

    def body(self, *texts: str) -> None:
        for text in texts:
            self.line(text, first=2)

    def letter(self, mark: str = "示例市示例局文件") -> None:
        """The head, title and addressees of an ordinary document."""
        self.line(height=round(30.5 * gw.TWIPS_PER_MM))
        self.line(mark, XIAOBIAOSONG, 84, "center", height=1200, spacing=0, colour="FF0000")
        self.line()
        self.line()
        number = self.line("示例发〔2024〕12号", align="center", spacing=0)
        border = element("pBdr")
        border.append(element("bottom", val="single", sz=12, space=8, color="FF0000"))
        put_property(number._p, border)
        self.line()
        self.line()
        self.line("示例市示例局关于开展检查的通知", XIAOBIAOSONG, 44, "center", spacing=0)
        self.line()
        self.line("各区县人民政府：")

    def signature(self) -> None:
        self.body(LONG)
        put_property(self.document.paragraphs[-1]._p, element("keepNext"))
        self.line(keep=True)
        self.line(keep=True)
        self.line("示例市示例局", align="right", right=3.75, keep=True)
        self.line("2024年3月5日", align="right", right=4)

    def imprint(self) -> None:
        table = self.document.add_table(2, 1)
        for cell, text, sides in (
            (table.cell(0, 0), "抄送：示例市人民政府办公室。", {"top": 8, "bottom": 6}),
            (table.cell(1, 0), "示例市示例局办公室　　　　　　　2024年3月5日印发", {"bottom": 8}),
        ):
            paragraph = cell.paragraphs[0]
            put_property(paragraph._p, element("ind", left=280, right=280))
            dress(paragraph.add_run(text), FANGSONG, 28, 0)
            borders = element("tcBorders")
            for side, weight in sides.items():
                borders.append(element(side, val="single", sz=weight, space=0, color="000000"))
            cell._tc.get_or_add_tcPr().append(borders)

    def landscape(self) -> None:
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        section.page_width, section.page_height = Twips(16838), Twips(11906)

    def data(self) -> bytes:
        buffer = io.BytesIO()
        self.document.save(buffer)
        return buffer.getvalue()


def dress(run: Run, font: str, size: int, spacing: int, colour: str = "") -> None:
    run.font.name = font
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)
    for name, value in (("color", colour), ("spacing", spacing), ("sz", size)):
        if value:
            put_run_property(run._r, name, value)


def _number(footer: _Footer, side: str) -> None:
    paragraph = footer.paragraphs[0]
    put_property(paragraph._p, element("spacing", line=320, lineRule="exact"))
    put_property(paragraph._p, element("ind", **{side: 280}))
    put_property(paragraph._p, element("jc", val=side))
    dress(paragraph.add_run("— "), SONGTI, 28, 0)
    field = element("fldSimple", instr=" PAGE ")
    paragraph._p.append(field)
    inner = paragraph.add_run("1")
    dress(inner, SONGTI, 28, 0)
    field.append(inner._r)
    dress(paragraph.add_run(" —"), SONGTI, 28, 0)


def whole() -> Draft:
    """An ordinary document typed to the standard."""
    draft = Draft()
    draft.letter()
    draft.body(LONG)
    draft.line("一、总体要求", HEITI, first=2)
    draft.body(LONG)
    draft.line("（一）工作目标", KAITI, first=2)
    draft.signature()
    draft.imprint()
    return draft

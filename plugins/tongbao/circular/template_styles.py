"""The template's styles: what an office restyles in Word, set out to GB/T 9704 to begin with."""

from __future__ import annotations

from dataclasses import dataclass

from tongbao.circular import gongwen as gw
from tongbao.circular.gongwen import StyleName

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@dataclass(frozen=True)
class Style:
    """One paragraph style; ``before_jc`` and ``after_jc`` are properties on either side of the alignment."""

    name: StyleName
    id: str
    font: str = gw.FANGSONG
    size: int = gw.SIZE_3
    line: int = gw.LINE
    align: str = "both"
    keeps: str = ""
    borders: str = ""
    indent: str = ""
    outline: int | None = None
    colour: str = ""
    condensed: bool = False
    linked: bool = False
    break_words: bool = False


# A left indent would shorten the red line, which is this paragraph's border.
_INDENT_1 = f'<w:ind w:firstLineChars="100" w:firstLine="{gw.CHARACTER}"/>'
_INDENT_2 = f'<w:ind w:firstLineChars="200" w:firstLine="{2 * gw.CHARACTER}"/>'
_KEEP = "<w:keepNext/>"
_KEEP_WHOLE = "<w:keepNext/><w:keepLines/>"
_RED_LINE = (
    f'<w:pBdr><w:bottom w:val="single" w:sz="{gw.RED_LINE_EIGHTHS}" w:space="{gw.RED_LINE_GAP_PT}" w:color="{gw.RED}"/></w:pBdr>'
)
_UPWARD_TAB = f'<w:tabs><w:tab w:val="right" w:pos="{gw.TEXT_WIDTH - gw.CHARACTER}"/></w:tabs>'

PARAGRAPH_STYLES = (
    Style(StyleName.BODY, "TbBody", indent=_INDENT_2, condensed=True),
    *(
        Style(name, f"TbLevel{level}", font=font, indent=_INDENT_2, keeps=_KEEP, outline=level - 1, condensed=True, linked=True)
        for level, (name, font) in enumerate(
            (
                (StyleName.LEVEL1, gw.HEITI),
                (StyleName.LEVEL2, gw.KAITI),
                (StyleName.LEVEL3, gw.FANGSONG),
                (StyleName.LEVEL4, gw.FANGSONG),
            ),
            start=1,
        )
    ),
    Style(StyleName.COPY_NUMBER, "TbCopyNumber", align="left", condensed=True),
    Style(StyleName.SECRECY, "TbSecrecy", font=gw.HEITI, align="left", condensed=True),
    Style(StyleName.HEAD_SPACE, "TbHeadSpace"),
    Style(StyleName.MARK, "TbMark", font=gw.XIAOBIAOSONG, size=gw.SIZE_MARK, line=gw.MARK_LINE, align="center", colour=gw.RED),
    Style(StyleName.NUMBER, "TbNumber", align="center", borders=_RED_LINE),
    Style(
        StyleName.UPWARD_NUMBER,
        "TbUpwardNumber",
        align="left",
        indent=_INDENT_1,
        borders=_RED_LINE + _UPWARD_TAB,
    ),
    Style(StyleName.TITLE, "TbTitle", font=gw.XIAOBIAOSONG, size=gw.SIZE_2, align="center", keeps=_KEEP_WHOLE),
    Style(StyleName.ADDRESSEES, "TbAddressees", condensed=True),
    Style(StyleName.ANNEX_LIST, "TbAnnexList", keeps=_KEEP, condensed=True),
    Style(StyleName.OFFICE, "TbOffice", align="right", keeps=_KEEP, condensed=True),
    Style(StyleName.DATE, "TbDate", align="right", condensed=True),
    Style(StyleName.NOTE, "TbNote", indent=_INDENT_2, condensed=True),
    Style(
        StyleName.ANNEX_LABEL,
        "TbAnnexLabel",
        font=gw.HEITI,
        align="left",
        keeps="<w:keepNext/><w:pageBreakBefore/>",
        condensed=True,
    ),
    Style(StyleName.ANNEX_TITLE, "TbAnnexTitle", font=gw.XIAOBIAOSONG, size=gw.SIZE_2, align="center", keeps=_KEEP_WHOLE),
    Style(StyleName.ANNEX_EMPTY, "TbAnnexEmpty", align="center", condensed=True),
    Style(StyleName.ANNEX_NOTE, "TbAnnexNote", size=gw.SIZE_SMALL_4, line=400, align="both"),
    Style(StyleName.TABLE_HEAD, "TbTableHead", font=gw.HEITI, size=gw.SIZE_SMALL_4, line=360, align="center"),
    Style(StyleName.TABLE_CELL, "TbTableCell", size=gw.SIZE_SMALL_4, line=360, align="left", break_words=True),
    Style(StyleName.TABLE_HEAD_SMALL, "TbTableHeadSmall", font=gw.HEITI, size=gw.SIZE_5, line=300, align="center"),
    Style(StyleName.TABLE_CELL_SMALL, "TbTableCellSmall", size=gw.SIZE_5, line=300, align="left", break_words=True),
    Style(StyleName.HAIR, "TbHair", size=2, line=gw.HAIR_LINE),
    Style(StyleName.IMPRINT, "TbImprint", size=gw.SIZE_4, line=gw.IMPRINT_LINE),
    Style(StyleName.PAGE_NUMBER, "TbPageNumber", font=gw.SONGTI, size=gw.SIZE_4, line=gw.PAGE_NUMBER_LINE),
)
STYLE_IDS = {style.name: style.id for style in PARAGRAPH_STYLES}

_FONT_STAND_INS = {
    gw.FANGSONG: "仿宋",
    gw.KAITI: "楷体",
    gw.HEITI: "SimHei",
    gw.SONGTI: "SimSun",
    gw.XIAOBIAOSONG: "方正小标宋_GBK",
}


def _run(font: str, size: int, *, condensed: bool = False, colour: str = "") -> str:
    return (
        f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}"/>'
        + (f'<w:color w:val="{colour}"/>' if colour else "")
        + f'<w:spacing w:val="{gw.CONDENSED if condensed else 0}"/><w:kern w:val="0"/>'
        + f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    )


def _style_xml(style: Style) -> str:
    run = _run(style.font, style.size, condensed=style.condensed, colour=style.colour)
    word_wrap = '<w:wordWrap w:val="0"/>' if style.break_words else ""
    outline = "" if style.outline is None else f'<w:outlineLvl w:val="{style.outline}"/>'
    paragraph = (
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{style.id}"><w:name w:val="{style.name}"/>'
        + '<w:basedOn w:val="Normal"/>'
        + (f'<w:link w:val="{style.id}Char"/>' if style.linked else "")
        + f"<w:qFormat/><w:pPr>{style.keeps}{style.borders}{word_wrap}"
        + f'<w:spacing w:before="0" w:after="0" w:line="{style.line}" w:lineRule="exact"/>'
        + f'{style.indent}<w:jc w:val="{style.align}"/>{outline}</w:pPr><w:rPr>{run}</w:rPr></w:style>'
    )
    if not style.linked:
        return paragraph
    return paragraph + (
        f'<w:style w:type="character" w:customStyle="1" w:styleId="{style.id}Char"><w:name w:val="{style.name} 字符"/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:link w:val="{style.id}"/><w:rPr>{run}</w:rPr></w:style>'
    )


def styles_xml() -> str:
    """styles.xml: the page's grid lies in Normal (正文), the roles above it."""
    default = f'<w:rFonts w:ascii="{gw.FANGSONG}" w:hAnsi="{gw.FANGSONG}" w:eastAsia="{gw.FANGSONG}" w:cs="{gw.FANGSONG}"/>'
    return (
        f"<w:styles {NAMESPACE}><w:docDefaults><w:rPrDefault><w:rPr>{default}"
        f'<w:sz w:val="{gw.SIZE_3}"/><w:szCs w:val="{gw.SIZE_3}"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr>'
        # Without overflowPunct, LibreOffice loses a closing mark that would be the 29th character of a line.
        '<w:widowControl w:val="0"/><w:overflowPunct w:val="1"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        f'<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="{gw.LINE}" w:lineRule="exact"/>'
        f'<w:jc w:val="both"/></w:pPr><w:rPr>{_run(gw.FANGSONG, gw.SIZE_3, condensed=True)}</w:rPr></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
        '<w:uiPriority w:val="1"/><w:semiHidden/><w:unhideWhenUsed/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
        '<w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar>'
        '</w:tblPr></w:style><w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/>'
        '<w:uiPriority w:val="99"/><w:semiHidden/><w:unhideWhenUsed/></w:style>'
        + "".join(map(_style_xml, PARAGRAPH_STYLES))
        + "</w:styles>"
    )


def fonts_xml() -> str:
    """fontTable.xml: what to draw with where a font of the standard is not installed."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{stand_in}"/><w:charset w:val="86"/><w:family w:val="auto"/>'
        '<w:pitch w:val="default"/></w:font>'
        for name, stand_in in _FONT_STAND_INS.items()
    )
    return f"<w:fonts {NAMESPACE}>{fonts}</w:fonts>"


def settings_xml() -> str:
    """settings.xml: odd and even pages differ, because circulars are printed on both sides."""
    address = "http://schemas.microsoft.com/office/word"
    compatibility = "".join(
        f'<w:compatSetting w:name="{name}" w:uri="{address}" w:val="{value}"/>'
        for name, value in (
            ("compatibilityMode", 15),
            ("overrideTableStyleFontSizeAndJustification", 1),
            ("enableOpenTypeFeatures", 1),
            ("doNotFlipMirrorIndents", 1),
            ("differentiateMultirowTableHeaders", 1),
        )
    )
    return (
        f'<w:settings {NAMESPACE}><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/>'
        f"<w:compat><w:useFELayout/>{compatibility}</w:compat>"
        '<w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>'
    )


def theme_xml() -> str:
    """theme1.xml: Word demands one, though no style here takes anything from it."""
    colours = {
        "dk1": "000000",
        "lt1": "FFFFFF",
        "dk2": "44546A",
        "lt2": "E7E6E6",
        **dict(
            zip((f"accent{n}" for n in range(1, 7)), ("4472C4", "ED7D31", "A5A5A5", "FFC000", "5B9BD5", "70AD47"), strict=True)
        ),
        "hlink": "0563C1",
        "folHlink": "954F72",
    }
    scheme = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in colours.items())
    fonts = f'<a:latin typeface="{gw.FANGSONG}"/><a:ea typeface="{gw.FANGSONG}"/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>' * 3
    lines = "".join(
        f'<a:ln w="{width}"><a:solidFill><a:schemeClr val="phClr"/></a:solidFill></a:ln>' for width in (6350, 12700, 19050)
    )
    effects = "<a:effectStyle><a:effectLst/></a:effectStyle>" * 3
    return (
        '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Tongbao"><a:themeElements>'
        f'<a:clrScheme name="Tongbao">{scheme}</a:clrScheme><a:fontScheme name="Tongbao"><a:majorFont>{fonts}</a:majorFont>'
        f'<a:minorFont>{fonts}</a:minorFont></a:fontScheme><a:fmtScheme name="Tongbao"><a:fillStyleLst>{fill}</a:fillStyleLst>'
        f"<a:lnStyleLst>{lines}</a:lnStyleLst><a:effectStyleLst>{effects}</a:effectStyleLst><a:bgFillStyleLst>{fill}</a:bgFillStyleLst>"
        "</a:fmtScheme></a:themeElements></a:theme>"
    )

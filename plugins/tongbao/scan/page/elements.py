"""What each HTML element means for reading a page."""

from __future__ import annotations

# fmt: off
VOID = frozenset((
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta",
    "param", "source", "track", "wbr",
))
"""Elements without content: no closing tag is written for them."""
INLINE = frozenset((
    "b", "strong", "em", "i", "u", "font", "s", "sub", "sup", "small", "big", "strike", "del", "ins", "tt", "code", "mark",
    "abbr", "acronym", "cite", "q", "bdo", "bdi", "wbr", "nobr", "var", "kbd", "samp",
))
"""Elements that do not part the words they stand between."""
SOFT = frozenset(("span", "label", "img", "time"))
"""Elements that part two numbers, but not two characters."""
ROWS = frozenset(("li", "tr", "dd", "dt", "article"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "caption"))
AREAS = frozenset(("header", "footer", "nav"))
UNSEEN = frozenset(("noscript", "template", "svg", "head"))
"""Elements whose text no visitor with scripts sees."""
MEANINGFUL = ROWS | HEADINGS | AREAS | UNSEEN
PLAIN = frozenset((
    "p", "div", "td", "th", "section", "center", "blockquote", "aside", "main", "ul", "ol", "dl", "pre", "figcaption",
))
"""Elements that do nothing but break lines, unless their attributes say more."""
CLASSED = frozenset((
    "div", "p", "td", "th", "ul", "ol", "span", "strong", "section", "header", "footer", "nav", "aside", "dt", "dl",
    "table", "form",
))
"""Elements whose class or id may tell what part of the page they are."""

ATTACHMENTS = frozenset((
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "dps", "ofd", "rtf", "txt", "csv", "xml", "zip", "rar",
    "7z", "gz", "tar", "tif", "tiff", "dwg", "ceb", "epub", "apk", "exe",
))
IMAGES = frozenset(("jpg", "jpeg", "png", "gif", "bmp", "webp", "svg", "ico"))
MEDIA = frozenset(("mp4", "mp3", "wmv", "flv", "avi", "mov", "m4v", "wav", "swf", "rm", "rmvb", "m3u8"))
NOT_TITLES = frozenset((
    "更多", "更多>>", "更多>", "more", "more+", "more>>", "打印", "打印本页", "关闭", "关闭窗口", "分享", "收藏", "返回",
    "返回顶部", "首页", "上一页", "下一页", "尾页", "末页", "上一篇", "下一篇", "大", "中", "小",
    "详细", "详情", "查看", "查看详情", "阅读全文",
    "点击查看", "下载", "附件", "English", "繁體", "繁体", "登录", "注册", "设为首页", "加入收藏",
))
"""Link texts that are never the title of an entry."""
NEXT_PAGE = frozenset(("下一页", "下页", "后一页", "下一页>", "下一页>>"))
# fmt: on

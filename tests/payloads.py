"""Texts that try to be more than text."""

import json
from pathlib import Path

NAUGHTY = tuple(
    text
    for text in json.loads((Path(__file__).parent / "data/naughty-strings/blns.json").read_text(encoding="utf-8"))
    if text
)
"""The Big List of Naughty Strings."""

HOSTILE = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</text></svg><script>alert(1)</script>",
    "<!--<script>",
    "--><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<base href=//example.invalid/>",
    "<meta http-equiv=refresh content=0;url=//example.invalid/>",
    "<link rel=stylesheet href=//example.invalid/x.css>",
    "<form action=//example.invalid><button>go",
    "javascript:alert(1)",
    "{{7*7}}{% for x in ''.__class__.__mro__ %}{{x}}{% endfor %}",
    "${alert(1)}#{alert(1)}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x3c;script&#x3e;alert(1)",
    "]]><script>alert(1)</script>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u202egpj.exe\u2066\u2069\u200f",
    "\x1b]8;;http://example.invalid\x07link\x1b]8;;\x07",
    "a\x00b\x08\x7f\x9b",
    "\udce9\udcff",
    "\ufeff\ufffe\ufdd0\U0010ffff",
    "<plaintext>",
    "<xmp><noscript><template>",
    "<select><option><textarea>",
    "</section></main></body></html><p>after",
)
"""Texts that a browser, a template or a terminal might obey."""

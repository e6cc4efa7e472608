#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""luo-bpf-translator(7) out of bpf-progs/README.md, which is the author's guide: one text.

guide.py README.md >luo-bpf-translator.7

Knows what that page uses of Markdown: headings, paragraphs, lists, code, tables. A line that
looks like anything else is an error, so that nothing gets lost unseen.
"""
import re
import sys

HEAD = """.\\" SPDX-License-Identifier: GPL-2.0-only
.\\" Made by loader/man/guide.py from bpf-progs/README.md.
.TH LUO-BPF-TRANSLATOR 7 "" "luo-bpf" "Translators"
.SH NAME
luo-bpf-translator \\- writing translators and acceptors of live-update state"""
TAIL = """.SH SEE ALSO
.BR luo-load (1),
.BR luo-load-verify (1),
.BR luo-load-gen (1),
.BR luo-load-diff (1)"""


def escape(text):
    """Of roff: a backslash, hyphens that are minus signs, and first characters of a line."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    text = text.replace("^", "\\(ha").replace("`", "\\(ga").replace("'", "\\(aq")
    return "\\&" + text if text[:1] in ".\\" and not text.startswith("\\-") else text


def inline(text):
    """`code` and **strong** words are bold, *emphasis* is italic."""
    out = []
    for part in re.split(r"(`[^`]+`|\*\*[^*]+\*\*|(?<!\w)\*[^*\s][^*]*\*)", text):
        if part.startswith("`") and len(part) > 1:
            out.append("\\fB%s\\fR" % escape(part[1:-1]))
        elif part.startswith("**"):
            out.append("\\fB%s\\fR" % escape(part[2:-2]))
        elif part.startswith("*") and len(part) > 2:
            out.append("\\fI%s\\fR" % escape(part[1:-1]))
        else:
            out.append(escape(part))
    line = "".join(out)
    return "\\&" + line if line[:1] in ".'" else line


class Page:
    def __init__(self):
        self.out = [HEAD]
        self.text = []      # lines of a paragraph
        self.after = None   # what begins it: nothing behind a heading
        self.rows = 0       # of a table

    def flush(self):
        if self.text:
            if self.after:
                self.out.append(self.after)
            # One line for each sentence would need to know what one is; a paragraph will do.
            self.out.append(inline(" ".join(self.text)))
            self.after = ".PP"
        self.text = []

    def begin(self, line, macro):
        self.flush()
        self.after = macro
        self.text = [line]

    def heading(self, line):
        self.flush()
        level, title = line.split(" ", 1)
        if len(level) == 1:
            self.out.append(".SH DESCRIPTION")
        else:
            self.out.append(".SH %s" % escape(title.upper()) if len(level) == 2 else
                            ".SS %s" % escape(title))
        self.after = None

    def code(self, lines):
        self.flush()
        if self.out[-1].startswith((".SH", ".SS")):
            self.out.append(".RS 4\n.EX")
        else:
            self.out.append(".PP\n.RS 4\n.EX")
        for line in lines:
            self.out.append(escape(line.expandtabs(8)) or "\\&")
        self.out.append(".EE\n.RE")

    def table(self, line):
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line.strip("|"))]
        self.flush()
        self.rows += 1
        if self.rows <= 2:      # the heading, and the line below it
            return
        self.out.append(".TP\n%s\n%s" % (inline(cells[0]), inline(": ".join(cells[1:]))))


def convert(lines):
    page, i = Page(), 0
    while i < len(lines):
        line = lines[i].rstrip("\n")
        i += 1
        if not line.startswith("|"):
            page.rows = 0
        if line.startswith("```"):
            end = next(k for k in range(i, len(lines)) if lines[k].startswith("```"))
            page.code([x.rstrip("\n") for x in lines[i:end]])
            i = end + 1
        elif line.startswith("\t") or (line.startswith("    ") and not page.text):
            block = [line]
            while i < len(lines) and lines[i].startswith("\t"):
                block.append(lines[i].rstrip("\n"))
                i += 1
            page.code([re.sub(r"^(\t|    )", "", x) for x in block])
        elif re.match(r"#{1,3} \S", line):
            page.heading(line)
        elif line.startswith("|"):
            page.table(line)
        elif line.startswith("* "):
            page.begin(line[2:], ".IP \\(bu 2")
        elif re.match(r"\d+\. ", line):
            page.begin(line.split(" ", 1)[1], ".IP %s 4" % line.split(" ", 1)[0])
        elif line.startswith("<!--"):
            page.flush()
        elif not line:
            page.flush()
        elif re.match(r"[#>=]|!\[|---|\+ |- ", line):
            sys.exit("%s:%d: nothing that guide.py knows: %s" % (sys.argv[1], i, line))
        else:
            page.text.append(line.strip())
    page.flush()
    return page.out + [TAIL]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as source:
        print("\n".join(convert(source.readlines())))

# SPDX-License-Identifier: MIT
"""Reports in each format: read by parsers of others, the same figures in all, and nothing from a log becomes markup."""
import base64
import csv
import hashlib
import html.parser
import io
import json
import re
import shutil
import subprocess

import pytest
from harness import ROOT, analyze, command, log, report

LOGS = ROOT / "tests/logs"
FORMATS = re.findall(r'\.name = "(\w+)"', "".join(
    path.read_text() for path in sorted((ROOT / "src/report").glob("*.c"))))
NAMES = ["good-pools.csv", "good-socket-leak.ndjson.gz"]

# tags, host, kernel, labels and marks that try to be something else
EVIL_TAGS = ["<script>alert(1)</script>", "a|b|c", "`code`", "*bold*_em_", "[x](http://evil.example)", "]]>-->", "&lt;&#60;",
             "'\"x", "=1+1", "www.evil.example", "~~gone~~", "</td></svg></style>"]
EVIL_TEXT = "<img src=x onerror=alert(1)> | `b` [l](javascript:alert(1)) @someone #12 http://evil.example ]]> &amp; end"


def escaped(tag):
    """A tag as it stands in a log."""
    text = "".join(f"\\x{ord(c):02X}" if c in ',"\\' else c for c in tag)
    return re.sub(r"^[=+\-@]", lambda match: f"\\x{ord(match[0]):02X}", text)


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    path = tmp_path_factory.mktemp("evil") / "log.ndjson"
    note = "host=%s os=<b>os</b> kernel=%s boot_id=b sources=slab interval_s=1" % (
        json.dumps("- <i>host</i>|x"), json.dumps("1. # k\\x0Aernel"))
    events = {0: ("start", note), 5: ("mark", "text=" + json.dumps(EVIL_TEXT))}
    lines = []
    for i in range(40):
        moment = {"time": f"2026-01-01T00:00:{i:02}.000Z", "uptime_s": 100 + i}
        if i in events:
            lines.append({**moment, "pool": "event", "tag": events[i][0], "note": events[i][1]})
        lines += [{**moment, "pool": "slab", "tag": escaped(tag), "type": "Recl", "diff": 10 + i * k,
                   "bytes": 640 + 64 * i * k} for k, tag in enumerate(EVIL_TAGS)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def render(to, *words, command="report"):
    result = analyze(command, "--format", to, *words)
    assert result.returncode == 0, result.stderr
    if to != "github" or result.stdout:  # annotations: none where nothing fails
        assert result.stdout.endswith("\n") and not result.stdout.endswith("\n\n")
    return result.stdout


# ---- all of them ----

@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("command", ["report", "info", "validate"])
def test_every_report_is_there_in_every_format(to, command):
    for name in NAMES:
        text = render(to, LOGS / name, command=command)
        assert len(text) > 10 or to == "github"
        assert not re.search(r"\b(nan|inf)\b", text.lower())


@pytest.mark.parametrize("to", FORMATS)
def test_threads_change_nothing(to, evil):
    paths = [LOGS / NAMES[0], LOGS / NAMES[1], evil]
    one = render(to, "--all", "-j", 1, *paths)
    assert render(to, "--all", "-j", 8, *paths) == one


def test_help_and_messages_name_every_format():
    assert len(FORMATS) >= 5
    helped = re.sub(r"\s+", " ", analyze("report", "--help").stdout)
    message = analyze("report", "--format", "doc", "x").stderr
    for name in FORMATS:
        assert re.search(rf"FORMAT [\w, ]*\b{name}\b", helped) and re.search(rf"\b{name}\b", message)


@pytest.mark.parametrize("name, begins", [("r.html", "<!DOCTYPE html>"), ("r.md", "# "), ("r.csv", "rank,"),
                                          ("r.json", '{"schema"'), ("r.txt", "build-7, "), ("r", "build-7, ")])
def test_the_name_of_the_output_says_the_format(name, begins, tmp_path):
    path = tmp_path / name
    assert analyze("report", LOGS / NAMES[0], "-o", path).returncode == 0
    assert path.read_text().startswith(begins)
    assert analyze("report", "--format", "json", LOGS / NAMES[0], "-o", path).returncode == 0
    assert path.read_text().startswith('{"schema"')


# ---- text ----

def test_text_draws_the_course_of_each_tag(script, tmp_path):
    path = tmp_path / "log"
    log("-q", "-o", path, "-s", script("ticks 9\ninterval 1s\nrow slab up Recl bytes=100+100\nrow slab flat Recl bytes=7\n"
                                       "row slab down Recl bytes=900-100\n"))
    lines = analyze("report", path).stdout.splitlines()
    course = {line.split()[4]: lines[i + 1].split()[0] for i, line in enumerate(lines) if re.match(r"\d  ", line)}
    assert course == {"up": "▁▂▃▄▅▅▆▇█", "flat": "▁" * 9, "down": "█▇▆▅▅▄▃▂▁"}


needs_script = pytest.mark.skipif(shutil.which("script") is None, reason="script(1) is not installed")


def on_a_terminal(width, *words, locale="C.UTF-8"):
    line = " ".join(map(str, command("poolmon-analyze", *words)))
    result = subprocess.run(["script", "-qc", f"stty cols {width}; {line}", "/dev/null"], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", "LC_ALL": locale, "TERM": "xterm"})
    return re.sub(r"\x1b\[[\d;]*m", "", result.stdout)


@needs_script
@pytest.mark.parametrize("locale, bars", [("C", False), ("C.UTF-8", True)])
@pytest.mark.parametrize("width", [50, 80, 120])
def test_text_keeps_to_the_terminal(locale, bars, width):
    text = on_a_terminal(width, "report", LOGS / NAMES[1], locale=locale)
    assert ("▁" in text) == bars
    below = [line for line in text.splitlines() if line.startswith("      ") and " " in line.strip()]
    assert len(below) >= 10 and max(map(len, below)) <= width


@needs_script
@pytest.mark.parametrize("width, heading", [
    (100, "#  Verdict  Score  Pool  Tag               Type       Growth        Rate       Now"),
    (80, "# Verdict Score Pool Tag              Type      Growth       Rate      Now"),
    (72, "# Verdict Score Tag              Type      Growth       Rate      Now"),
])
def test_tables_of_text_fit_the_terminal(width, heading):
    lines = on_a_terminal(width, "report", "--top", 3, LOGS / "good-socket-leak.ndjson.gz").splitlines()
    rows = [line for line in lines if re.match(r"#|\d +leak", line)]
    assert rows[0] == heading and len(rows) >= 4 and max(map(len, lines)) <= width


# ---- CSV ----

@pytest.mark.parametrize("name", NAMES)
def test_csv_has_the_figures_of_the_json(name):
    document = report(LOGS / name)
    rows = list(csv.DictReader(io.StringIO(render("csv", "--all", LOGS / name)), strict=True))
    assert len(rows) == len(document["findings"])
    names = re.findall(r'X\(\w+, "([^"]+)"', re.search(r"#define PM_FINDING_FIELDS.*?\n\n", (
        ROOT / "include/poolmon/fields.h").read_text(), re.S)[0].replace("\\\n", " "))
    assert list(rows[0]) == names
    for row, finding in zip(rows, document["findings"]):
        for key, cell in row.items():
            want = finding.get(key)
            if want is None:
                assert cell == "", key
            elif key.endswith("_time") or key == "first_seen_growing":
                assert cell == want.replace("T", " ").rstrip("Z")
                assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", cell)
            elif isinstance(want, bool):
                assert cell == str(want).lower()
            elif isinstance(want, str):
                assert cell == want
            else:
                assert float(cell) == want and (isinstance(want, float) or int(cell) == want)


def test_csv_of_hostile_names_is_no_formula(evil):
    text = render("csv", "--all", evil)
    rows = list(csv.reader(io.StringIO(text), strict=True))
    assert len({len(row) for row in rows}) == 1 and len(rows) == len(EVIL_TAGS) + 1
    for row in rows[1:]:
        for cell in row:
            assert re.fullmatch(r"-?[\d.e+-]+", cell) or cell[:1] not in tuple("=+-@\t\r"), cell
    assert {row[rows[0].index("tag")] for row in rows[1:]} == {escaped(tag) for tag in EVIL_TAGS}


# ---- Markdown ----

class Page(html.parser.HTMLParser):
    """Elements and text of a page; what is not closed, or not open, is an error."""
    VOID = {"meta", "link", "br", "hr", "img", "wbr", "input"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self.open, self.rows, self.row = [], [], [], [], None
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert len(attributes) == len({name for name, _ in attributes}), (tag, attributes)
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.row = []
        if tag in ("td", "th"):
            self.row.append("")

    def handle_startendtag(self, tag, attributes):
        assert "svg" in self.open
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open, self.getpos())
        if tag == "tr":
            self.rows.append(self.row)

    def handle_data(self, data):
        if "style" not in self.open and "script" not in self.open:
            self.text.append(data)
        if {"td", "th"} & set(self.open):
            self.row[-1] += data

    def names(self):
        return {tag for tag, _ in self.elements}


def cmark(text):
    if shutil.which("cmark-gfm") is None:
        pytest.skip("cmark-gfm is not installed")
    return subprocess.run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e",
                           "tagfilter"], input=text, capture_output=True, text=True, check=True).stdout


def python_markdown(text):
    markdown = pytest.importorskip("markdown", reason="python3-markdown is not installed")
    return markdown.markdown(text, extensions=["tables"])


MARKDOWN_ELEMENTS = {"h1", "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "strong", "ul", "li"}


@pytest.mark.parametrize("renderer", [cmark, python_markdown])
def test_markdown_renders_and_hostile_names_stay_text(renderer, evil):
    for words in (["report", "--all"], ["info"]):
        page = Page(renderer(render("markdown", *words[1:], evil, command=words[0])))
        assert page.names() <= MARKDOWN_ELEMENTS, page.names() - MARKDOWN_ELEMENTS
        text = "".join(page.text)
        assert "- <i>host</i>|x" in text and "<b>os</b>" in text
    page = Page(renderer(render("markdown", "--all", evil)))
    cells = [cell.strip() for row in page.rows for cell in row]
    for tag in EVIL_TAGS:
        assert escaped(tag) in cells, tag
    assert EVIL_TEXT in cells


@pytest.mark.parametrize("name", NAMES)
def test_markdown_is_an_evidence_report(name):
    document = report(LOGS / name)
    page = Page(cmark(render("markdown", LOGS / name)))
    text = "".join(page.text)
    for part in ("Environment", "Method", "Ranking", "Limits", document["hosts"][0]["kernel"], document["files"][0]["path"],
                 *document["summary"], document["findings"][0]["evidence"]):
        assert part in text, part
    table = next(rows for rows in (page.rows[i:] for i in range(len(page.rows))) if "Verdict" in rows[0])
    for row, finding in zip(table[1:11], document["findings"]):
        assert [row[0], row[1], row[4]] == [str(finding["rank"]), finding["verdict"], finding["tag"]]


# ---- HTML ----

@pytest.mark.parametrize("command", ["report", "info", "validate"])
def test_html_is_well_formed_and_asks_for_nothing(command, evil):
    for path in [LOGS / name for name in NAMES] + [evil]:
        text = render("html", *(["--all"] if command == "report" else []), path, command=command)
        page = Page(text)
        elements = page.elements
        assert text.startswith("<!DOCTYPE html>") and ("html", {"lang": "en"}) in elements
        assert page.names() & {"img", "iframe", "object", "embed", "form", "i", "b", "base"} == set()
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        for tag, attributes in elements:
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "xlink:href")]
            if "href" in attributes:
                assert attributes["href"] == "data:," or attributes["href"][1:] in ids, attributes
            for name in attributes.get("aria-labelledby", "").split():
                assert name in ids
        plain = re.sub(r"&#\d+;", "?", text)
        if path != evil:
            assert not re.search(r"https?:|src=|url\(|@import", plain)


def test_html_allows_no_style_or_script_but_its_own():
    text = render("html", LOGS / NAMES[0])
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for tag in ("style", "script"):
        blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        assert len(blocks) == 1
        digest = base64.b64encode(hashlib.sha256(blocks[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy, f"html-style.c: the hash of the {tag} is now {digest}"


@pytest.mark.parametrize("name", NAMES)
def test_html_has_the_figures_and_a_plot_for_each(name):
    document = json.loads(analyze("report", "--format", "json", LOGS / name).stdout)
    page = Page(render("html", LOGS / name))
    text = "".join(page.text)
    for sentence in document["summary"]:
        assert sentence in text
    ranking = page.rows[1:1 + len(document["findings"])]
    for row, finding in zip(ranking, document["findings"]):
        row = [cell.strip() for cell in row]
        assert [row[0], row[1], row[4]] == [str(finding["rank"]), finding["verdict"], finding["tag"]]
        assert finding["evidence"] in text
    images = [attributes for tag, attributes in page.elements if tag == "svg" and attributes.get("role") == "img"]
    means = [attributes for tag, attributes in page.elements if attributes.get("class") == "mean"]
    assert len(images) == len(document["findings"]) and len(means) >= len(images)
    heads = [attributes for tag, attributes in page.elements if tag == "th"]
    assert all(attributes["scope"] in ("col", "row") for attributes in heads)
    assert page.names() >= {"header", "main", "footer", "caption", "title", "desc", "figcaption", "h1", "h2", "h3"}


def test_html_marks_what_happened():
    text = render("html", LOGS / "good-pools.csv")
    for kind in ("mark", "boot", "reset"):
        assert f'<g class="sign {kind}">' in text and f'<li class="sign {kind}">' in text
    assert "2026-02-01 00:05:00 mark: driver verifier on, round 2" in text


def test_gaps_and_failures_are_drawn_and_listed(script, tmp_path):
    path = tmp_path / "log"
    log("-q", "-o", path, "-s", script("ticks 60\nrow slab x Recl bytes=100+100\nfail 20 it is broken\nmark 30 half\n"))
    lines = path.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if '"mark"' in line)
    lines.insert(at, lines[at].replace('"mark"', '"gap"').replace('text=half', 'missed=7 cause=slow'))
    path.write_text("".join(lines))
    moments = report(path)["moments"]
    kinds = [(moment["kind"], moment.get("text")) for moment in moments]
    assert kinds[0] == ("start", None) and kinds[-1][0] == "stop"
    assert ("mark", "half") in kinds and ("gap", "slow") in kinds and "source-error" in dict(kinds)
    assert [moment["missed"] for moment in moments if "missed" in moment] == [7]
    text = render("html", path)
    for kind in ("mark", "gap", "source-error"):
        assert f'<g class="sign {kind}">' in text
    assert '<g class="sign start">' not in text and '<g class="sign stop">' not in text


def test_html_of_hostile_names_is_text(evil):
    page = Page(render("html", "--all", evil))
    text = "".join(page.text)
    cells = [cell.strip() for row in page.rows for cell in row]
    for tag in EVIL_TAGS:
        assert escaped(tag) in cells, tag
    for part in ("- <i>host</i>|x", "<b>os</b>", EVIL_TEXT):
        assert part in text, part


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
@pytest.mark.parametrize("command", ["report", "info", "validate"])
def test_html_is_read_by_xmllint(command, evil):
    text = render("html", evil, command=command)
    for blank in ("", "\n" * 999):  # libxml2 2.9 stumbles where an attribute ends with one of its buffers
        result = subprocess.run(["xmllint", "--html", "--noout", "-"], input=text.replace("\n", "\n" + blank, 1),
                                capture_output=True, text=True)
        # libxml2 knows the elements of HTML 4 only
        errors = [line for line in result.stderr.splitlines() if re.search(r": (HTML parser )?error", line)
                  and not re.search(r"Tag \w+ invalid", line)]
        if not errors:
            break
    assert result.returncode == 0 and not errors, errors


def test_plots_of_degenerate_series(script, tmp_path):
    cases = {
        "one": "ticks 1\nrow slab x Recl bytes=5\n",
        "two": "ticks 2\nrow slab x Recl bytes=5+1\n",
        "zero": "ticks 50\nrow slab x Recl bytes=0\n",
        "huge": "ticks 50\nrow slab x Recl bytes=18446744073709551615%7\nrow slab y Recl bytes=18446744073709551615\n",
        "no-bytes": "ticks 50\nrow slab x Recl diff=5+1\n",
        "years": "interval 1d\ntime 2026-01-01\nticks 2000\nrow slab x Recl bytes=5+1\n",
    }
    for name, text in cases.items():
        path = tmp_path / name
        assert log("-q", "-o", path, "-s", script(text)).returncode == 0
        for to in FORMATS:
            shown = render(to, "--all", path)
            assert not re.search(r"\b(nan|inf)\b", shown.lower()), (name, to)
        Page(render("html", path))

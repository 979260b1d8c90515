# SPDX-License-Identifier: MIT
"""A browser shows the HTML report: nothing is fetched, nothing complained of, all of it fits, and it sorts."""
import shutil

import pytest
from browser import Browser
from harness import ROOT, analyze

PROGRAM = shutil.which("chromium")

if PROGRAM is None:
    pytest.skip("chromium is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(PROGRAM, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module", params=["good-pools.csv", "good-socket-leak.ndjson.gz"])
def page(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    assert analyze("report", ROOT / "tests/logs" / request.param, "-o", path).returncode == 0
    return path


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_page_is_shown(browser, page, width, dark):
    browser.open(page.as_uri(), width, dark)
    requests = {event["request"]["url"] for event in browser.named("Network.requestWillBeSent")}
    assert requests <= {page.as_uri(), "data:,"}
    for name in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
        assert browser.named(name) == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    plots = browser.evaluate("""[...document.querySelectorAll('svg.plot')].map(plot => [
        plot.getBoundingClientRect().width, plot.querySelector('.mean').getBoundingClientRect().width,
        Math.min(...[...plot.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)))])""")
    assert len(plots) >= 6
    for whole, mean, size in plots:
        assert whole >= 300 and mean > 0 and size >= 11
    # texts stay inside of their plots, and of the page
    assert browser.evaluate("""[...document.querySelectorAll('svg.plot text, td, th, h3, dd')].every(text => {
        const box = text.getBoundingClientRect();
        return box.left >= -1 && box.right <= document.documentElement.clientWidth + 1; })""")
    background = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background[4:-1].split(","))) < 200) == dark


def test_columns_sort(browser, page):
    browser.open(page.as_uri(), 1400, False)

    def click(heading):
        browser.evaluate(f"[...document.querySelectorAll('.rows.js th button')].find(b => b.textContent === '{heading}').click()")
        column = f"[...document.querySelector('.rows').tHead.rows[0].cells].findIndex(c => c.textContent === '{heading}')"
        return (browser.evaluate(f"document.querySelector('.rows').tHead.rows[0].cells[{column}].getAttribute('aria-sort')"),
                browser.evaluate(f"[...document.querySelector('.rows').tBodies[0].rows].map(row => "
                                 f"row.cells[{column}].dataset.v ?? row.cells[{column}].textContent.trim())"))

    order, rates = click("Rate")
    assert order == "descending" and rates == sorted(rates, key=float, reverse=True)
    order, rates = click("Rate")
    assert order == "ascending" and rates == sorted(rates, key=float)
    order, tags = click("Tag")
    assert order == "ascending" and tags == sorted(tags) and len(set(tags)) == len(tags)
    assert browser.evaluate("document.querySelectorAll('[aria-sort]').length") == 1

"""The site in a true browser: headless Chromium, as Debian packages it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.serving import serving
from tests.make_golden import REQUEST
from tests.newsletter.pictures import png
from tests.strategies import hand_market
from tracker.newsletter.document import Request
from tracker.newsletter.editor_notes import read_notes
from tracker.newsletter.publish import publish
from tracker.newsletter.strategy_document import StrategyRequest
from tracker.settings import Settings
from tracker.strategies.strategy_plan import Plan

pytestmark = pytest.mark.integration

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
WIDE, NARROW = 1280, 390
EDITION = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Nine fictional stocks</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>h1 { color: rgb(1, 2, 3) }</style></head>
<body><h1>Nine</h1><p><img src="charts/dot.svg" width="4" height="4" alt="a dot"></p>
<script>document.title = "ran"</script></body></html>"""
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><circle cx="2" cy="2" r="2"/></svg>'
PAGES = (
    "/",
    "/tracker",
    "/tracker/positions",
    "/tracker/filings/9000000002-25-000002",
    "/tracker/who_holds?security=QNLR&quarter=2025Q3",
    "/tracker/most_held?_show_sql=1",
    "/tracker/most_held?quarter=&min_cap=0&max_cap=",
    "/tracker?sql=select+*+from+positions",
    "/stocks/QNLR",
    "/stocks/QNRL",
    "/funds/9000000002",
    "/funds/9000000014?show=closed",
    "/search?q=capital",
    "/editions/",
    "/editions/strategy/",
    "/editions/strategy/mail.html",
    "/editions/hostile/",
    "/editions/list/",
    "/editions/list/mail.html",
    "/editions/hostile-list/",
    "/editions/hostile-list/mail.html",
)
LISTED = replace(REQUEST.listed, top=9)
NOTES = """An introduction with a word that does not end: WWW

## QNLR

A text.

![A wide picture](wide.png)

> A quotation of WWW

## Links

- <https://example.org/WWW>
""".replace("WWW", "W" * 150)


@pytest.fixture(scope="module")
def site(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = Path(shutil.copytree(market.home, tmp_path_factory.mktemp("site") / "home"))
    (home / "editions" / "nine" / "charts").mkdir(parents=True)
    (home / "editions" / "nine" / "index.html").write_text(EDITION)
    (home / "editions" / "nine" / "charts" / "dot.svg").write_text(DOT)
    publish_strategies(home, tmp_path_factory.mktemp("hand") / "home")
    publish_lists(Settings(home), tmp_path_factory.mktemp("desk"))
    with serving(home) as address:
        yield address


def publish_strategies(home: Path, hand: Path) -> None:
    """Two editions of a strategy over the market worked by hand, as files: as it is, and with long foreign texts."""
    settings = hand_market.build(hand)
    plan = Plan(top=2)
    publish(settings, StrategyRequest("consensus", plan, "A strategy that was tried", "strategy"))
    endless = "<b>" + "W" * 120
    rule = f"holders >= 2 and '{endless}' <> '' order by holders desc, ticker"
    publish(settings, StrategyRequest(rule, plan, endless, "hostile"))
    for slug in ("strategy", "hostile"):
        shutil.copytree(settings.editions / slug, home / "editions" / slug)


def publish_lists(settings: Settings, desk: Path) -> None:
    """Two editions of a list: as it is, and with all that an editor can add, as wide as it can be."""
    publish(settings, Request(LISTED, "A list", "list"))
    (desk / "notes.md").write_text(NOTES)
    (desk / "wide.png").write_bytes(png(2000, 40))
    given = {"notes": read_notes(desk / "notes.md"), "with_market": True}
    publish(settings, Request(LISTED, "<b>" + "W" * 120, "hostile-list", **given))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not CHROMIUM or not DRIVER:
        pytest.skip("no chromium and chromedriver here: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.implicitly_wait(5)
    yield driver
    driver.quit()


@pytest.fixture(autouse=True)
def wide(browser: Any) -> None:
    resize(browser, WIDE)


def resize(browser: Any, width: int) -> None:
    given = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", given)


def find(browser: Any, css: str) -> Any:
    return browser.find_element("css selector", css)


def texts(browser: Any, css: str) -> list[str]:
    return [element.text for element in browser.find_elements("css selector", css)]


@contextmanager
def leaving(browser: Any) -> Iterator[None]:
    """Wait until what is done inside has led to another page."""
    from selenium.webdriver.support.expected_conditions import staleness_of
    from selenium.webdriver.support.wait import WebDriverWait

    page = find(browser, "html")
    yield
    WebDriverWait(browser, 10).until(staleness_of(page))


def follow(browser: Any, words: str) -> None:
    with leaving(browser):
        browser.find_element("link text", words).click()


def test_from_the_home_page_to_the_holders_and_on(browser: Any, site: str) -> None:
    browser.get(site + "/")
    assert browser.title == "What hedge funds hold among micro-caps"
    with leaving(browser):
        find(browser, "#security").send_keys("QNLR\n")
    assert find(browser, "h1").text == "Who holds it?"
    assert parse_qs(urlsplit(browser.current_url).query) == {"security": ["QNLR"]}
    names = texts(browser, "td.col-manager_name")
    assert len(names) == 8 and names[0] == "BRACKWATER PARTNERS LP"
    assert find(browser, "td.col-value_usd").text == "$3.64M"
    follow(browser, "BRACKWATER PARTNERS LP")
    assert find(browser, "h1").text == "BRACKWATER PARTNERS LP CIK 9000000002"
    follow(browser, "QNLR")
    assert find(browser, "h1").text == "Quenchlight Robotics Inc QNLR"
    assert texts(browser, "[aria-label='Holders by quarter'] td.col-quarter") == ["2025Q3", "2025Q2"]
    assert texts(browser, "td.col-manager_name")[: len(names)] == names
    follow(browser, "9901B7102")
    assert texts(browser, "td.col-manager_name") == names
    follow(browser, "9000000002-25-000002")
    assert find(browser, "h1").text == "Filings and how they were handled"
    assert "9000000002-25-000002" in find(browser, "p.lead").text
    outside = find(browser, "a.outside").get_attribute("href")
    assert outside == "https://www.sec.gov/Archives/edgar/data/9000000002/9000000002-25-000002.txt"


def test_a_question_is_asked_by_its_form(browser: Any, site: str) -> None:
    browser.get(site + "/tracker/most_held")
    assert len(texts(browser, "td.col-ticker")) > 20
    find(browser, "#min_cap").send_keys("100")
    find(browser, "#max_cap").send_keys("140")
    find(browser, "#quarter option:nth-child(3)").click()
    with leaving(browser):
        find(browser, "form.ask input[type=submit]").click()
    caps = [float(text.strip("$M")) for text in texts(browser, "td.col-market_cap_usd")]
    assert caps and all(100 <= cap <= 140 for cap in caps)
    assert set(texts(browser, "td.col-period_of_report")) == {"2025-06-30"}
    assert find(browser, "#quarter").get_attribute("value") == "2025Q2"


def test_every_question_is_in_the_menu(browser: Any, site: str) -> None:
    browser.get(site + "/tracker/positions")
    find(browser, "details.nav-menu summary").click()
    assert find(browser, ".nav-menu-inner").is_displayed()
    follow(browser, "New positions")
    assert find(browser, "h1").text == "New positions"


def test_the_meaning_of_the_columns_unfolds(browser: Any, site: str) -> None:
    browser.get(site + "/tracker/positions")
    assert not find(browser, "details.columns dl").is_displayed()
    find(browser, "details.columns summary").click()
    assert "share of the manager's reported value" in find(browser, "details.columns dl").text


def test_the_page_of_an_edition(browser: Any, site: str) -> None:
    browser.get(site + "/")
    follow(browser, "Nine fictional stocks")
    assert browser.current_url == f"{site}/editions/nine/"
    assert browser.title == "Nine fictional stocks"  # a script in it does not run
    assert browser.execute_script("return document.images[0].naturalWidth") == 4
    assert browser.execute_script("return getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"


def test_the_page_of_a_strategy(browser: Any, site: str) -> None:
    browser.get(site + "/")
    follow(browser, "A strategy that was tried")
    assert "too short to tell" in find(browser, "p.first").text
    widths = browser.execute_script("return [...document.images].map(image => image.naturalWidth)")
    assert len(widths) == 3 and all(widths)
    newest, *others = browser.find_elements("css selector", "details.picks")
    assert newest.get_attribute("open") and len(others) == 5 and not others[0].get_attribute("open")
    assert "F Corp" in newest.text and "filings of their holders" in newest.text
    with leaving(browser):
        browser.get(site + "/editions/strategy/index.md")
    assert find(browser, "body").text.startswith("# A strategy that was tried")


def colours(browser: Any, css: str) -> list[float]:
    """Brightness (0 to 1) of the paper and of the text of an element."""
    script = """
        const of = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + part / 765, 0);
        let [node, paper] = [arguments[0], 'rgba(0, 0, 0, 0)'];
        for (; node && paper === 'rgba(0, 0, 0, 0)'; node = node.parentElement)
            paper = getComputedStyle(node).backgroundColor;
        return [of(paper), of(getComputedStyle(arguments[0]).color)]"""
    found: list[float] = browser.execute_script(script, find(browser, css))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["", "mail.html"])
def test_an_edition_follows_the_screen(browser: Any, site: str, name: str, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        browser.get(f"{site}/editions/list/{name}")
        for css in ("h1", "h2", "p"):
            paper, ink = colours(browser, css)
            assert (paper > 0.9 and ink < 0.5) if scheme == "light" else (paper < 0.15 and ink > 0.5), css
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_an_edition_of_a_list_is_read_from_the_top(browser: Any, site: str) -> None:
    browser.get(f"{site}/editions/list/")
    assert find(browser, "table.glance").rect["y"] < 300
    assert len(texts(browser, "table.glance tbody tr")) == 9
    assert len(browser.find_elements("css selector", "table.glance polyline")) == 9
    folded = browser.find_elements("css selector", "details")
    assert folded and not any(one.get_attribute("open") for one in folded)
    find(browser, "table.glance a").click()
    assert "#" in browser.current_url
    with leaving(browser):
        find(browser, "nav.editions a").click()
    assert "/editions/" in browser.current_url


@pytest.mark.parametrize("name", ["", "mail.html"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_of_an_edition_is_cut_off(browser: Any, site: str, name: str, width: int) -> None:
    resize(browser, width)
    browser.get(f"{site}/editions/hostile-list/{name}")
    script = """return [...document.querySelectorAll('body *')]
        .filter(node => !node.closest('.table'))  // which scrolls
        .filter(node => node.getBoundingClientRect().right > innerWidth + 1)
        .map(node => node.tagName + ' ' + node.textContent.slice(0, 40))"""
    assert browser.execute_script(script) == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_page_is_never_wider_than_the_screen(browser: Any, site: str, page: str, width: int) -> None:
    resize(browser, width)
    browser.get_log("browser")
    browser.get(site + page)
    # a wide screen's scroll bar takes some of it
    inner, scrolled, shown = browser.execute_script(
        "const page = document.documentElement; return [innerWidth, page.scrollWidth, page.clientWidth]"
    )
    assert inner == width and scrolled <= shown
    wrong = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    itself = f"{site}{page} - Failed to load resource"  # the page of what is not there has that status
    assert [message for message in wrong if "favicon" not in message and not message.startswith(itself)] == []


def test_the_search_finds_a_stock_by_a_word_of_its_name(browser: Any, site: str) -> None:
    browser.get(site + "/tracker/positions")
    with leaving(browser):
        find(browser, "form.find input[type=search]").send_keys("quenchlight\n")
    follow(browser, "Quenchlight Robotics Inc")
    assert urlsplit(browser.current_url).path == "/stocks/QNLR"


@pytest.mark.parametrize("page", ["/stocks/QNLR", "/funds/9000000002", "/tracker/most_held", "/tracker/positions"])
def test_a_page_on_a_phone_is_short_and_its_tables_scroll_in_their_own_box(browser: Any, site: str, page: str) -> None:
    resize(browser, NARROW)
    browser.get(site + page)
    height, boxes = browser.execute_script(
        "return [document.documentElement.scrollHeight, [...document.querySelectorAll('.table-wrapper')].map(box => "
        "{ const at = box.getBoundingClientRect(); return [at.left, at.right, getComputedStyle(box).overflowX] })]"
    )
    assert height < 8000 and boxes
    assert all(left >= 0 and right <= NARROW and overflow == "auto" for left, right, overflow in boxes)


def test_charts_are_as_wide_as_the_page_and_their_text_stays_readable(browser: Any, site: str) -> None:
    for width in (WIDE, NARROW):
        resize(browser, width)
        browser.get(site + "/stocks/QNLR")
        charts = browser.execute_script(
            "return [...document.querySelectorAll('svg.chart')].map(chart => [chart.getBoundingClientRect().right, "
            "[...chart.querySelectorAll('text')].map(text => { const box = text.getBoundingClientRect(); "
            "return [box.left, box.right, box.height] })])"
        )
        assert len(charts) == 2
        for right, labels in charts:
            assert right <= width and labels
            assert all(left >= 0 and end <= width and height >= 12 for left, end, height in labels)


# of every element with text of its own: its words, and how far its colour is from that behind it (WCAG 2, 1.4.3)
CONTRASTS = """
const numbers = colour => (colour.match(/[0-9.]+/g) || []).map(Number);
const light = rgb => rgb.slice(0, 3).map(part => part / 255)
  .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
const behind = element => {
  for (let at = element; at; at = at.parentElement) {
    const colour = numbers(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0.5) return colour;
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll('body *')].filter(element => element.checkVisibility()
    && !element.closest('svg, .CodeMirror-measure')
    && [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())).map(element => {
  const [a, b] = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
  return [element.textContent.trim().slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
});
"""


@pytest.mark.parametrize("page", [page for page in PAGES if "/editions/s" not in page and "hostile" not in page])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_on_light_and_on_dark_pages(browser: Any, site: str, page: str, scheme: str) -> None:
    given = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", given)
    try:
        browser.get(site + page)
        told = browser.execute_script(CONTRASTS)
        paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    parts = [int(part) for part in re.findall(r"\d+", paper)[:3]]
    assert min(parts) > 230 if scheme == "light" else max(parts) < 40
    assert len(told) > 5 and [(text, round(contrast, 2)) for text, contrast in told if contrast < 4.5] == []

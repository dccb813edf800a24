"""Pages made from small scorecards, and what a browser would make of them."""

import os
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

import isiceval
from isiceval.model import Counts, Size, Standing
from isiceval.options import BootstrapOptions
from isiceval.pages import write_leaderboard, write_scorecard
from isiceval.pipeline import add_statistics
from isiceval.statistics.ranking import rank_entries
from isiceval.tasks.task import find_task
from tests.builders import add_intervals, make_scorecard, measure

VOID = {"meta", "input", "img", "br"}
VIEWPORT = {"width": 1280, "height": 720}


class Outline(HTMLParser):
    """The elements of a page with their attributes, its text, and what is left open."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.text, self.comments = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.comments.append(data)

    def find(self, tag):
        return [attributes for found, attributes in self.elements if found == tag]

    @property
    def shape(self):
        return [(tag, tuple(sorted(attributes))) for tag, attributes in self.elements]


def make_card(submission="model.zip", shift=0, *, prefix="ISIC_", n=12, problems=()):
    task = find_task("2018/1")
    cases = []
    for k in range(n):
        missed = (k * 7 + shift * 5) % 60
        counts = Counts(tp=100, fp=missed, fn=missed // 2, tn=400 - missed - missed // 2)
        cases.append(measure(task, f"{prefix}{k:07d}", counts, Size(25, 20)))
    signature = (
        "task:2018/1|profile:today|metric:threshold_jaccard|threshold:0.65|binarise:>128"
        f"|undefined:1.0|missing:refuse|lenient:no|n:{n}|truth:abababababababab|isiceval:0.1.0"
    )
    return make_scorecard(
        task,
        cases,
        submission,
        problems=tuple(problems),
        truth_digest="ab" * 32,
        submission_digest="cd" * 32,
        signature=signature,
    )


def make_page(card, *, columns=None, n_draws=30, **sources):
    """The page of a scorecard of any task; overlays and photos only where sources are given."""
    return write_scorecard(
        card,
        task=find_task(card.task),
        metadata=columns,
        bootstrap=n_draws,
        **sources,
    )


def make_report(card, *, columns=None):
    return make_page(
        add_intervals(card, BootstrapOptions(), task=find_task("2018/1")), columns=columns
    )


def make_board(*entries, columns=()):
    cards = {entry.submission: card for entry, card in entries if card is not None}
    made = [entry for entry, _ in entries]
    board = rank_entries(made, cards, task=find_task("2018/1"), columns=columns)
    return add_statistics(board, cards, BootstrapOptions(), task=find_task("2018/1"))


def make_board_page(board):
    return write_leaderboard(board, task=board.task)


def make_entry(name, shift=0, *, team="", problems=(), **fields):
    card = None if problems else make_card(name, shift)
    return Standing(submission=name, team=team, problems=tuple(problems), **fields), card


@pytest.fixture(scope="session")
def pages():
    """Give the makers above to a test, as attributes."""

    class Pages:
        style = (Path(isiceval.__file__).parent / "reports/templates/page.css").read_text("utf-8")
        outline = Outline
        card = staticmethod(make_card)
        page = staticmethod(make_page)
        report = staticmethod(make_report)
        board = staticmethod(make_board)
        board_page = staticmethod(make_board_page)
        entry = staticmethod(make_entry)

    return Pages


def find_chromium():
    named = os.environ.get("ISICEVAL_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return named or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium of this machine; the test is skipped where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium found: install it or name it in ISICEVAL_CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    quiet = ("background-networking", "component-update", "sync", "gpu")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def open_tab(chromium):
    """Give the tab of the browser, or that without script, whose words and requests are kept.

    There is one of each for all tests: a tab is a process, and takes longer than to load a page.
    """

    @cache
    def open_once(java_script_enabled):
        tab = chromium.new_context(java_script_enabled=java_script_enabled).new_page()
        tab.said, tab.asked = [], []
        tab.on("console", lambda message: tab.said.append(message.text))
        tab.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.log(e.violatedDirective))"
        )
        return tab

    return open_once


@pytest.fixture
def show(open_tab, tmp_path):
    """Open a page from disk; what it says on the console and asks the network for is kept."""

    def open_page(text, *, color_scheme="light", viewport=VIEWPORT, java_script_enabled=True):
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        tab = open_tab(java_script_enabled)
        tab.goto("about:blank")
        tab.said.clear()
        tab.asked.clear()
        tab.set_viewport_size(viewport)
        tab.emulate_media(media="screen", color_scheme=color_scheme)
        tab.goto(path.as_uri())
        return tab

    return open_page


@pytest.fixture(scope="session")
def list_shown():
    """List the names of the rows of a table that can be seen."""
    return lambda page, table: page.evaluate(
        """(table) => Array.from(document.querySelectorAll(`#${table} tbody th`))
            .filter((head) => head.checkVisibility()).map((head) => head.innerText)""",
        table,
    )

"""Pages made from small scorecards, and what a browser would make of them."""

import os
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from isiceval.insight import Overlay, Thumbnail
from isiceval.metrics.aggregates import POOLED_MASKS
from isiceval.metrics.catalogue import measure
from isiceval.metrics.pooled import measure_counts, pool_masks
from isiceval.metrics.tables import gather_answers, summarise_answers
from isiceval.model import Case, Counts, Diagnosis, Size
from isiceval.ranking.groups import Redrawing
from isiceval.ranking.insight import study_leaderboard, study_scorecard
from isiceval.ranking.leaderboard import Entry, rank_entries
from isiceval.ranking.pooled_insight import study_masks, study_superpixels
from isiceval.ranking.table_insight import study_table
from isiceval.reports.html.leaderboard_page import write_leaderboard
from isiceval.reports.html.masks_page import write_masks
from isiceval.reports.html.scorecard_page import write_scorecard
from isiceval.reports.html.superpixels_page import write_superpixels
from isiceval.reports.html.table_page import write_table
from isiceval.scorecard import Scorecard, aggregate
from isiceval.tasks.catalogue import find_task

VOID = {"meta", "input", "img", "br"}


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
    return Scorecard(
        task="2018/1",
        profile="today",
        metric="threshold_jaccard",
        submission=submission,
        cases=tuple(cases),
        problems=tuple(problems),
        truth_digest="ab" * 32,
        submission_digest="cd" * 32,
        signature=signature,
        **aggregate(cases, jaccard_threshold=0.65),
    )


def make_report(card, **facts):
    picture = {"jaccard": 0.5, "content": b"RIFF", "width": 4, "height": 3, "ground": "mask"}
    overlays = [Overlay(image=card.cases[0].image, place="worst", **picture)] if card.cases else []
    insight = study_scorecard(card, overlays=overlays, **facts)
    return write_scorecard(card, task=find_task("2018/1"), insight=insight)


def make_board(*entries, columns=()):
    return rank_entries(entries, task=find_task("2018/1"), columns=columns)


def make_board_page(board):
    return write_leaderboard(board, task=find_task("2018/1"), insight=study_leaderboard(board))


def make_entry(name, shift=0, *, team="", problems=(), **fields):
    card = None if problems else make_card(name, shift)
    return Entry(submission=name, scorecard=card, team=team, problems=tuple(problems), **fields)


LABEL_TASKS = ("2018/3", "2017/3", "2020", "2024", "ima205/2019", "ima205/2022")


def make_table_card(name="2018/3", submission="table.csv", *, prefix="ISIC_", n=40, problems=()):
    """A table of made confidences, of any task of tables; the last label is rare."""
    task = find_task(name)
    rng = np.random.default_rng(len(name))
    labels = task.labels
    cells = task.table.labels if len(labels) == 1 and len(task.table.labels) > 2 else ()
    cases = []
    for k in range(n):
        true = int(rng.integers(0, max(2, len(labels))))
        confidences = np.round(rng.random(len(labels)), 3)
        if cells:
            known, chosen = (f"{cells[int(rng.integers(0, 3))]:g}" for _ in range(2))
            confidences = np.array([float(chosen)])
        else:
            confidences = np.round(confidences) if task.table.labels else confidences
            known = labels[true] if true < len(labels) else "none"
            given = [label for label, c in zip(labels, confidences, strict=True) if c > 0.5]
            chosen = "+".join(given) or "none"
            if task.table.one_class:
                chosen = labels[int(np.argmax(confidences))]
        diagnosis = Diagnosis(
            truth=known,
            chosen=chosen,
            correct=known == chosen,
            confidences=tuple(confidences.tolist()),
            weight=float(k > 0 or cells != ()),
        )
        cases.append(Case(image=f"{prefix}{k:07d}", status="scored", diagnosis=diagnosis))
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        submission=submission,
        cases=tuple(cases),
        aggregates=summarise_answers(gather_answers(cases, task=task), task=task),
        problems=tuple(problems),
        truth_digest="ab" * 32,
        submission_digest="cd" * 32,
        signature=f"task:{task.id}|n:{n}",
        kind=task.kind,
        labels=labels,
    )


def make_table_page(card, *, photos=(), **facts):
    task = find_task(card.task)
    insight = study_table(card, task=task, redrawing=Redrawing(draws=30), **facts)
    pictured = tuple(
        replace(one, thumbnail=Thumbnail(content=b"RIFF", width=4, height=3))
        if one.image in photos
        else one
        for one in insight.mistakes
    )
    return write_table(card, task=task, insight=replace(insight, mistakes=pictured))


def make_pooled_card(name, submission="team", *, prefix="ISIC_", n=12, problems=()):
    """Counts of attribute masks or superpixels, some of them empty."""
    task = find_task(name)
    rng = np.random.default_rng(3)
    cases = []
    for k in range(n):
        for label in task.labels:
            tp, fp, fn = (int(v) for v in rng.integers(1, 9, 3) * rng.integers(0, 2, 3))
            counts = Counts(tp=tp, fp=fp, fn=fn, tn=40 - tp - fp - fn)
            names = POOLED_MASKS if task.kind == "masks" else POOLED_MASKS[2:]
            values = measure_counts(counts, names, task=task)
            cases.append(
                Case(
                    image=f"{prefix}{k:07d}",
                    label=label,
                    status="scored",
                    counts=counts,
                    size=Size(8, 5) if task.kind == "masks" else None,
                    values=values,
                )
            )
    aggregates = pool_masks(cases, task=task)
    known = ("auc", "average_precision") if task.kind == "superpixels" else ()
    for metric in known:
        aggregates[metric] = 0.5
        aggregates |= {f"{metric}.{label}": 0.5 for label in task.labels}
    rates = {"false_positive_rates": [0.0, 0.2, 1.0], "true_positive_rates": [0.0, 0.7, 1.0]}
    return Scorecard(
        task=task.id,
        profile=task.profile,
        metric=task.ranking,
        submission=submission,
        cases=tuple(cases),
        aggregates=aggregates,
        problems=tuple(problems),
        truth_digest="ab" * 32,
        signature=f"task:{task.id}|n:{n}",
        kind=task.kind,
        labels=task.labels,
        rocs=dict.fromkeys(task.labels, rates) if known else {},
    )


def make_masks_page(card, **facts):
    task = find_task(card.task)
    picture = {"jaccard": 0.5, "content": b"RIFF", "width": 4, "height": 3, "ground": "mask"}
    overlays = [
        Overlay(image=card.cases[0].image, place=place, label=task.labels[0], note="n", **picture)
        for place in ("worst", "best")
    ]
    insight = study_masks(
        card, task=task, overlays=overlays, redrawing=Redrawing(draws=30), **facts
    )
    return write_masks(card, task=task, insight=insight)


def make_superpixels_page(card, **facts):
    task = find_task(card.task)
    insight = study_superpixels(card, task=task, redrawing=Redrawing(draws=30), **facts)
    return write_superpixels(card, task=task, insight=insight)


LABEL_PAGES = {
    **dict.fromkeys(LABEL_TASKS, (make_table_card, make_table_page)),
    **dict.fromkeys(("2018/2", "2016/2B"), (make_pooled_card, make_masks_page)),
    **dict.fromkeys(("2017/2", "2016/2"), (make_pooled_card, make_superpixels_page)),
}


@pytest.fixture(params=sorted(LABEL_PAGES))
def label_task(request):
    """Each task of labels in turn, by name."""
    return request.param


@pytest.fixture
def pages():
    """Give the makers above to a test, as attributes."""

    class Pages:
        outline = Outline
        card = staticmethod(make_card)
        report = staticmethod(make_report)
        board = staticmethod(make_board)
        board_page = staticmethod(make_board_page)
        entry = staticmethod(make_entry)
        table_card = staticmethod(make_table_card)
        table_page = staticmethod(make_table_page)
        masks_page = staticmethod(make_masks_page)
        pooled_card = staticmethod(make_pooled_card)
        superpixels_page = staticmethod(make_superpixels_page)

        @staticmethod
        def label_card(name, *words, **choices):
            return LABEL_PAGES[name][0](name, *words, **choices)

        @staticmethod
        def label_page(card, **facts):
            return LABEL_PAGES[card.task][1](card, **facts)

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

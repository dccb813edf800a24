"""The reports of tables, attribute masks and superpixels, as a browser would read them."""

import base64
import hashlib
import math
import re
from dataclasses import replace
from functools import cache

import pytest
from PIL import Image

from isiceval.kinds import describe_classification
from isiceval.model import Bootstrap, Interval, Problem
from isiceval.reports.figures.style import INKS
from tests.builders import from_diagnoses

HOSTILE = [
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)' x='",
    "</script></style></title><img src=x onerror=alert(1)>",
    "<!-- {{ 7 * 7 }} {% raw %} -->",
    "$\\frac{1}{2}$ & &lt;b&gt;",
    "\x00\x1b[31m\u202eevil\u2028</td>",
]


def read(page):
    body = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


MADE = {}
EACH_TEMPLATE = pytest.mark.parametrize("name", ["2018/3", "2017/3", "2018/2", "2017/2"])


@pytest.fixture
def page(labels, label_task):
    """The page of each task."""
    return labels.made_page(label_task)


def test_every_element_is_closed_and_every_id_is_there_once(labels, page):
    outline = labels.outline(page)
    assert outline.open == []
    ids = [a["id"] for _, a in outline.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for a in outline.find("a")}
    assert targets <= set(ids)
    assert {a["aria-labelledby"] for a in outline.find("section")} <= set(ids)
    assert {f"h-{target}" for target in targets - {"main"}} <= set(ids)


def test_the_policy_allows_our_own_script_and_style_alone(page):
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy.replace("&#39;", "'")
    assert "unsafe" not in policy


def test_nothing_points_outside_and_no_style_stands_in_an_attribute(labels, page):
    for tag, attributes in labels.outline(page).elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        for key, value in attributes.items():
            assert not key.startswith("on")
            assert key != "style"
            if key in ("src", "href", "xlink:href"):
                assert value.startswith(("data:image/", "#"))


def test_tables_and_pictures_have_words(labels, page):
    outline = labels.outline(page)
    assert page.count("<caption") == page.count("<table") > 3
    assert all("scope" in attributes for attributes in outline.find("th"))
    assert all(attributes["alt"] for attributes in outline.find("img"))
    for attributes in outline.find("svg"):
        drawn = attributes.get("role") == "img" and attributes.get("aria-label")
        assert drawn or attributes.get("aria-hidden") == "true"
    words = [a["aria-label"] for a in outline.find("svg") if a.get("role") == "img"]
    assert len(set(words)) == len(words)


def test_figures_take_the_colours_of_the_page(page, label_task):
    body = page.split("</style>")[1]
    assert "mathdefault" not in body
    assert ('class="drawn"' in body) != label_task.startswith("ima205")
    if label_task not in ("2018/2", "2016/2B"):  # whose key of outlines is the same in the dark
        assert not re.search(r'(fill|stroke)="#', body)
        assert not any(colour in body for colour in INKS.values())


@EACH_TEMPLATE
def test_no_number_is_written_as_nan(labels, name, page_of_nothing):
    body = page_of_nothing(name)
    assert not re.search(r"\b(nan|inf)\b", read(body))
    assert ">None<" not in body


@pytest.fixture
def page_of_nothing(labels):
    """Make a page whose every aggregate is undefined."""

    def make(name):
        card = labels.card(name)
        return labels.page(replace(card, aggregates=dict.fromkeys(card.aggregates, math.nan)))

    return make


def test_numbers_are_written_as_people_write_them(page):
    assert not re.search(r"\b(nan|inf)\b", read(page))
    assert ">None<" not in page


@EACH_TEMPLATE
def test_the_same_input_makes_the_same_bytes(labels, name):
    card = labels.card(name)
    assert labels.page(card, columns=labels.columns(card)) == labels.made_page(name)


@pytest.mark.parametrize(
    ("name", "evil"),
    [
        *(("2017/2", evil) for evil in HOSTILE),
        # The other pages have many figures and take long: all names at once.
        *((name, " ".join(HOSTILE)) for name in ("2018/2", "2018/3", "2017/3")),
    ],
)
def test_no_name_breaks_out(labels, name, evil):
    def write(text):
        problem = Problem(code=text, severity="warning", where=text, detail=text, fix=text)
        card = labels.card(name, text, prefix=text, problems=[problem])
        card = replace(card, conversions={text: 1}, signature=f"{card.signature}|x:{text}")
        columns = {text: {card.cases[-1].image: text}}
        return labels.outline(labels.page(card, columns=columns))

    if f"tame {name}" not in MADE:
        MADE[f"tame {name}"] = write("tame")
    tame, wild = MADE[f"tame {name}"], write(evil)
    assert wild.shape == tame.shape
    assert wild.open == []
    assert wild.comments == []
    assert "\u202e" not in "".join(wild.text)


@pytest.fixture(scope="module")
def page_with_all(labels):
    """Make the card and the page of a task, with a problem and with intervals, once."""
    problem = Problem(code="odd", severity="warning", where="a", detail="it is", fix="look")

    @cache
    def make(name):
        card = labels.card(name, problems=[problem])
        intervals = {metric: Interval(0.1234, 0.5678) for metric in card.aggregates}
        bootstrap = Bootstrap(draws=77, seed=5, n_units=40)
        card = replace(card, intervals=intervals, bootstrap=bootstrap)
        return card, read(labels.page(card))

    return make


@EACH_TEMPLATE
def test_problems_rules_and_digests_are_told(labels, page_with_all, name):
    card, text = page_with_all(name)
    assert "Warnings (1)" in text
    assert "odd 1 it is" in text
    assert f"Submission report · task {name}" in text
    assert card.truth_digest in text
    assert card.signature in text
    assert "Undefined (0/0)" in text
    assert "None found." in read(labels.made_page(name))


@EACH_TEMPLATE
def test_intervals_stand_where_the_scorecard_has_them(labels, page_with_all, name):
    assert "so the metrics have no intervals" in labels.made_page(name)
    card, text = page_with_all(name)
    assert "77 draws, seed 5" in text
    assert len(re.findall(r"0\.1234(?: to |, )0\.5678", text)) > len(card.aggregates)


class TestTables:
    def test_every_case_has_a_row_with_its_answer(self, labels):
        card, page = labels.table_card(), labels.made_page("2018/3")
        (table,) = re.findall(r'id="all-images">.*?</table>', page, re.DOTALL)
        rows = re.findall(
            r'<tr( data-flag)?><th scope="row">(\S+)</th><td>(\w+)</td><td>(\w+)</td>', table
        )
        expected = [(c.image, c.diagnosis.truth, c.diagnosis.chosen) for c in card.cases]
        assert [row[1:] for row in rows] == expected
        wrong = [c.image for c in card.cases if not c.diagnosis.correct and c.diagnosis.weight]
        assert [row[1] for row in rows if row[0]] == wrong != []
        assert table.count("not counted") == 1
        assert "1 case without weight is in no number above." in read(page)

    def test_the_confusion_matrix_counts_every_case_that_has_a_weight(self, labels):
        card, page = labels.table_card(), labels.made_page("2018/3")
        (table,) = re.findall(r'<table class="matrix">.*?</table>', page, re.DOTALL)
        cells = re.findall(r'<td class="(?:good|bad|blank)[^"]*">(\d+)', table)
        assert sum(map(int, cells)) == 39
        right = re.findall(r'<td class="good[^"]*">(\d+)', table)
        assert sum(map(int, right)) == sum(
            c.diagnosis.correct and c.diagnosis.weight for c in card.cases
        )

    @pytest.mark.parametrize(("name", "n"), [("2017/3", 2), ("2020", 1), ("ima205/2019", 1)])
    def test_other_tables_have_a_matrix_for_each_label(self, labels, name, n):
        page = labels.made_page(name)
        tables = re.findall(r'<table class="matrix">.*?</table>', page, re.DOTALL)
        assert len(tables) == n
        for table in tables:
            assert sum(map(int, re.findall(r'<td class="num">(\d+)', table))) == 39

    def test_hard_labels_have_no_curves(self, labels):
        for name in ("ima205/2019", "ima205/2022"):
            page = labels.made_page(name)
            assert 'id="curves"' not in page
            assert 'id="calibration"' not in page
            assert ">Misclassified cases</h2>" in page

    def test_classes_in_cells_are_confused_too(self, labels):
        page = labels.made_page("ima205/2022")
        (table,) = re.findall(r'<table class="matrix">.*?</table>', page, re.DOTALL)
        heads = re.findall(r'<th scope="col"[^>]*>(\S+)</th>', table)
        assert heads == ["truth", "1", "2", "3", "4", "5", "6", "7", "8", "all"]

    def test_photos_are_shown_where_they_are_found(self, labels, tmp_path):
        card = labels.table_card()
        wrong = [c for c in card.cases if not c.diagnosis.correct and c.diagnosis.weight]
        wrong.sort(key=lambda case: -max(case.diagnosis.confidences))
        for case in wrong[:3]:
            Image.new("RGB", (4, 3)).save(tmp_path / f"{case.image}.png")
        page = labels.page(card, images=tmp_path)
        assert page.count("data:image/webp;base64,") == 3
        assert f"{wrong[0].image}: the dermoscopic image" in page
        assert "data:image" not in labels.made_page("2018/3").split("</style>")[1]

    def test_confidences_that_need_not_add_up_are_told(self, labels):
        assert "0 of 39 rows do, within 0.01" in read(labels.made_page("2018/3"))
        assert "of a row need not add up to 1" in read(labels.made_page("2017/3"))

    def test_a_large_table_is_shown_by_its_mistakes(self, labels, monkeypatch):
        monkeypatch.setattr(describe_classification, "MOST_ROWS", 30)
        card = labels.table_card("2020")
        page = labels.page(card)
        text = read(page)
        n = sum(not c.diagnosis.correct and c.diagnosis.weight > 0 for c in card.cases)
        assert f"This table shows the {n} most confident of {n} wrong answers" in text
        assert "--csv cases.csv" in text
        (table,) = re.findall(r'id="all-images">.*?</table>', page, re.DOTALL)
        assert table.count('<th scope="row">') == n

    def test_without_a_mistake_none_is_listed(self, labels):
        card = labels.table_card()
        perfect = tuple(
            replace(
                case,
                diagnosis=replace(
                    case.diagnosis,
                    correct=True,
                    chosen=case.diagnosis.truth,
                    confidences=tuple(float(n == case.diagnosis.truth) for n in card.labels),
                ),
            )
            for case in card.cases
        )
        perfect = replace(card, measured=from_diagnoses(perfect, labels=card.labels))
        assert "None: every case is right." in labels.page(perfect)

    def test_groups_have_intervals_and_what_they_hold(self, labels):
        page = labels.made_page("2018/3")
        table = page.split(">site</h3>")[1].split("</table>")[0]
        rows = re.findall(r'<th scope="row">(\w+)</th><td class="num">(\d+)</td>', table)
        assert rows == [("arm", "26"), ("back", "13")]
        assert len(re.findall(r"[1-4] \((AKIEC|BCC|BKL|DF|MEL|NV|VASC)\)", table)) == 2
        assert len(re.findall(r"[01]\.\d{4} to [01]\.\d{4}", table)) == 2
        assert len(re.findall(r"\d % to \d+ %", table)) == 2
        assert re.search(r"\d of 7", table)
        assert "fewer than five positives or negatives" in page


class TestMasks:
    def test_every_mask_has_a_row_and_what_became_of_it(self, labels):
        card, page = labels.pooled_card("2018/2"), labels.made_page("2018/2")
        (table,) = re.findall(r'id="all-images">.*?</table>', page, re.DOTALL)
        assert table.count('<th scope="row">') == len(card.cases)
        for word, truth, prediction in (
            ("false negative", True, False),
            ("false positive", False, True),
        ):
            counted = [
                c
                for c in card.cases
                if bool(c.counts.truth) == truth and bool(c.counts.prediction) == prediction
            ]
            assert table.count(f'<span class="mark bad">{word}</span>') == len(counted) > 0

    def test_the_size_of_the_image_is_a_group(self, labels):
        assert "8 x 5" in read(labels.made_page("2018/2"))


class TestSuperpixels:
    def test_every_image_and_feature_has_its_counts(self, labels):
        card, page = labels.pooled_card("2017/2"), labels.made_page("2017/2")
        (table,) = re.findall(r'id="all-images">.*?</table>', page, re.DOTALL)
        assert table.count('<th scope="row">') == len(card.cases)
        first = card.cases[0].counts
        cells = "".join(
            f'<td class="num">{n}</td>' for n in (first.tp, first.fp, first.fn, first.tn)
        )
        assert cells in table

    def test_groups_say_what_they_cannot_hold(self, labels):
        text = read(labels.made_page("2017/2"))
        assert "AUC by what is known of the images, computed for each subgroup alone" in text
        assert "No subgroups: " in text
        assert "the confidence of every superpixel" in text

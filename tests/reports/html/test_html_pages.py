import base64
import hashlib
import math
import re
from dataclasses import replace

import pytest

from isiceval.model import Bootstrap, Interval, Leaderboard, Problem, Significance, Standing
from isiceval.numbers import format_ends, format_percent
from isiceval.pages import write_leaderboard
from tests.builders import from_cases

HOSTILE = [
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)' x='",
    "</script></style></title><img src=x onerror=alert(1)>",
    "<!-- {{ 7 * 7 }} {% raw %} -->",
    "&lt;b&gt; & &#34;",
    "\x00\x1b[31m\u202e\u2028</td>",
]
TAME = {}  # pages of tame names, to compare those of hostile names with


@pytest.fixture(scope="module")
def report(pages):
    return pages.report(pages.card())


@pytest.fixture(scope="module")
def board_page(pages, make):
    broken = make.problem("damaged-png", "a.png", detail="the file ends early")
    return pages.board_page(
        pages.board(
            pages.entry("one.zip", 1, team="North"),
            pages.entry("two.zip", 2, team="South"),
            pages.entry("three.zip", 9, team="North"),
            pages.entry("four.zip", problems=[broken]),
        )
    )


BOTH = pytest.mark.parametrize("name", ["report", "board_page"])


@BOTH
def test_every_element_is_closed_and_every_id_is_there_once(request, pages, name):
    outline = pages.outline(request.getfixturevalue(name))
    assert outline.open == []
    ids = [a["id"] for _, a in outline.elements if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for a in outline.find("a")}
    assert targets <= set(ids)
    assert {a["aria-labelledby"] for a in outline.find("section")} <= set(ids)


@BOTH
def test_the_policy_allows_our_own_script_and_style_alone(request, pages, name):
    page = request.getfixturevalue(name)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    policy = policy.replace("&#39;", "'")
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert page.index("Content-Security-Policy") < page.index("<style>")


@BOTH
def test_nothing_points_outside_and_no_handler_or_style_stands_in_an_attribute(
    request, pages, name
):
    outline = pages.outline(request.getfixturevalue(name))
    for tag, attributes in outline.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        for key, value in attributes.items():
            assert not key.startswith("on")
            assert key != "style"
            if key in ("src", "href"):
                assert value.startswith(("data:image/", "#"))


@BOTH
def test_tables_and_pictures_have_words(request, pages, name):
    page = request.getfixturevalue(name)
    outline = pages.outline(page)
    assert page.count("<caption") == page.count("<table") > 3
    assert all("scope" in attributes for attributes in outline.find("th"))
    assert all(attributes["alt"] for attributes in outline.find("img"))
    for attributes in outline.find("svg"):
        drawn = attributes.get("role") == "img" and attributes.get("aria-label")
        assert drawn or attributes.get("aria-hidden") == "true" or "overflow" in attributes
    assert outline.find("html") == [{"lang": "en"}]


def test_the_same_input_makes_the_same_bytes(pages):
    assert pages.report(pages.card()) == pages.report(pages.card())
    boards = [pages.board(pages.entry("a", 1), pages.entry("b", 4)) for _ in range(2)]
    assert pages.board_page(boards[0]) == pages.board_page(boards[1])


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_name_breaks_out_of_a_report(pages, evil):
    def write(text):
        problem = Problem(code=text, severity="warning", where=text, detail=text, fix=text)
        card = pages.card(text, prefix=text, problems=[problem])
        card = replace(card, conversions={text: 1}, signature=f"{card.signature}|x:{text}")
        first = card.cases[0].image
        return pages.outline(pages.report(card, columns={text: {first: text}}))

    if "report" not in TAME:
        TAME["report"] = write("tame")
    wild = write(evil)
    assert wild.shape == TAME["report"].shape
    assert wild.open == []
    assert wild.comments == []
    assert "49" not in "".join(wild.text[-50:])


@pytest.mark.parametrize("evil", HOSTILE)
def test_no_name_breaks_out_of_a_leaderboard(pages, make, evil):
    def write(text):
        problem = make.problem("damaged-png", text, detail=text, fix=text)
        fields = {"team": text, "approach": text, "columns": {"notes": text}}
        board = pages.board(
            pages.entry(f"{text}1", 1, **fields),
            pages.entry(f"{text}2", 2, **fields),
            pages.entry(f"{text}3", problems=[problem], **fields),
            columns=("notes",),
        )
        return pages.outline(pages.board_page(replace(board, columns=("notes", text))))

    if "leaderboard" not in TAME:
        TAME["leaderboard"] = write("tame")
    wild = write(evil)
    assert wild.shape == TAME["leaderboard"].shape
    assert wild.comments == []


class TestReport:
    def test_the_ranking_metric_comes_first_with_its_interval(self, pages, report):
        card = pages.card()
        text = " ".join("".join(pages.outline(report).text).split())
        assert f"Thresholded Jaccard{card.score:.4f}95 %: " in text
        assert "1000 draws, seed 12345" in text
        assert text.index("Thresholded Jaccard (ranking)") < text.index("Median Jaccard")
        assert card.signature in text
        assert card.truth_digest in text
        assert card.submission_digest in text

    def test_every_image_has_a_row(self, pages, report):
        (table,) = re.findall(
            r'<table class="sortable main" id="all-images">.*?</table>', report, re.DOTALL
        )
        rows = re.findall(r"<tr( data-flag)?><th scope=\"row\">(\S+)</th>", table)
        card = pages.card()
        assert [image for _, image in rows] == [case.image for case in card.cases]
        failed = [case.image for case in card.cases if case.values["jaccard"] < 0.65]
        assert [image for flag, image in rows if flag] == failed != []

    def test_the_histogram_counts_every_image(self, report):
        counts = re.findall(r"<title>0\.\d\d to \d\.\d\d: (\d+) images?</title>", report)
        assert sum(map(int, counts)) == 12

    def test_missing_and_undefined_images_are_told(self, make, pages):
        page = pages.report(make.scorecard(missing=2))
        assert "each counts 0" in page
        assert page.count(">missing</span>") == 2
        assert "As submitted" in page

    def test_a_score_that_is_undefined_is_a_dash(self, pages):
        card = pages.card()
        cases = tuple(
            replace(case, values=dict.fromkeys(case.values, math.nan)) for case in card.cases
        )
        aggregates = dict.fromkeys(card.aggregates, math.nan)
        page = pages.report(replace(card, measured=from_cases(cases), aggregates=aggregates))
        body = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)
        assert not re.search(r"\bnan\b", body, re.IGNORECASE)

    def test_problems_are_grouped(self, pages):
        problem = Problem(
            code="all-black", severity="warning", where="a.png", detail="no pixel", fix="look"
        )
        page = pages.report(pages.card(problems=[problem, replace(problem, where="b.png")]))
        assert page.count(">all-black<") == 1
        assert "<code>b.png</code>" in page
        assert "None found. Regions and holes" in pages.report(pages.card())


class TestLeaderboard:
    def test_a_shared_team_name_gives_way_to_the_submission(self, pages, board_page):
        labels = re.findall(r"better than (\S+): p", board_page)
        assert set(labels) == {"one.zip", "two.zip", "three.zip"}

    def test_an_invalid_submission_is_listed_with_its_problems(self, board_page):
        section = board_page.split('<section id="invalid"')[1].split("</section>")[0]
        assert "four.zip" in section
        assert "damaged-png" in section
        assert "the file ends early" in section

    def test_all_invalid_is_a_page_too(self, pages, make):
        board = pages.board(pages.entry("a.zip", problems=[make.problem("damaged-png", "x")]))
        page = pages.board_page(board)
        assert "No submission could be ranked" in page
        assert 'id="methods"' not in page

    def test_one_submission_alone_has_no_comparison(self, pages):
        page = pages.board_page(pages.board(pages.entry("a.zip", 1)))
        assert 'id="differences"' not in page
        assert 'id="hard"' in page

    def test_ranks_under_all_six_methods(self, board_page):
        table = board_page.split('id="method-ranks"')[1].split("</table>")[0]
        assert table.count('data-sort="number"') == 6
        assert table.count('<td class="num">') == 18

    def test_the_rules_and_policies_are_told(self, board_page):
        rules = board_page.split('<section id="rules"')[1]
        for words in ("counts as 1", "a submission that leaves out", "share a rank", "abab"):
            assert words in rules

    def test_many_teams_take_the_dense_form(self, pages):
        board = pages.board(*(pages.entry(f"m{k:02d}", k) for k in range(14)))
        assert 'class="matrix dense"' in pages.board_page(board)


class TestOtherKinds:
    """A board of a table, with what it holds once its cases were redrawn."""

    def stand(self, place, name, **fields):
        values = {"balanced_accuracy": 0.9 - place / 10, "auc": 0.8, "auc.MEL": 0.7, "auc.NV": 0.9}
        return Standing(
            rank=place, submission=name, aggregates=values, n_cases=60, n_missing=0, **fields
        )

    def redraw(self, place, name):
        return self.stand(
            place,
            name,
            intervals={"balanced_accuracy": Interval(0.4, 0.95 - place / 10)},
            rank_low=1,
            rank_high=2,
            p_first=0.75 if place == 1 else 0.25,
            tied_with=tuple({"a.csv", "b.csv"} - {name}),
            ranks={"auc": 3 - place, "average_precision": place},
        )

    def board(self, standings, **fields):
        return Leaderboard(
            task="2018/3",
            profile="default",
            metric="balanced_accuracy",
            kind="table",
            standings=tuple(standings),
            **fields,
        )

    def write(self, board):
        return write_leaderboard(board, task="2018/3")

    @pytest.fixture
    def page(self):
        tests = Significance(
            submissions=("b.csv", "a.csv"),
            p_values=((None, 0.2), (0.0004, None)),
            groups=(("a.csv", "b.csv"),),
        )
        return self.write(
            self.board(
                [self.redraw(1, "a.csv"), self.redraw(2, "b.csv")],
                bootstrap=Bootstrap(draws=500, seed=4, n_units=60),
                significance=tests,
                tau=0.5,
            )
        )

    def test_a_board_that_was_not_redrawn_has_its_scores_and_labels(self, pages):
        page = self.write(self.board([self.stand(1, "a.csv"), self.stand(2, "b.csv")]))
        ids = {attributes.get("id") for _, attributes in pages.outline(page).elements}
        assert {"standings", "labels", "rules"} <= ids
        assert ids & {"certainty", "methods", "differences", "hard", "distributions"} == set()
        assert "how much of this order is chance is not known" in page

    def test_what_the_board_holds_is_shown(self, pages, page):
        outline = pages.outline(page)
        assert outline.open == []
        ids = {attributes.get("id") for _, attributes in outline.elements}
        assert {"certainty", "methods", "differences", "labels"} <= ids
        assert ids & {"hard", "distributions"} == set()
        assert "percentile bootstrap over 60 images, 500 draws, seed 4" in page
        assert "in 75 % of the draws" in page
        assert "0.4000 to 0.8500" in page

    def test_the_tests_are_called_by_their_name_and_stand_in_the_order_of_the_board(self, page):
        assert "adjusted for all 1 pairs (largest difference)" in page
        cells = re.findall(r'<td class="([\w-]+)" title="([^"]+)">', page)
        assert cells == [
            ("good-5", "a.csv better than b.csv: p &lt; 0.001"),
            ("blank", "b.csv better than a.csv: p 0.200"),
        ]

    def test_the_own_ranking_stands_before_those_by_other_metrics(self, page):
        table = page.split('id="method-ranks"')[1].split("</table>")[0]
        heads = re.findall(r'title="([^"]+)">', table)
        assert heads == [
            "the rank by Balanced accuracy",
            "the rank by AUC",
            "the rank by Average precision",
        ]
        assert re.findall(r'<td class="num">(\d)</td>', table) == list("121212")

    def test_single_labels_have_a_table(self, page):
        section = page.split('<section id="labels"')[1].split("</section>")[0]
        assert re.findall(r'data-sort="number"[^>]*>(\w+)</th>', section) == ["MEL", "NV"]
        assert section.count('<td class="num">0.7000</td>') == 2


def test_shares_are_0_and_100_only_when_exact():
    assert format_percent(0.0) == "0 %"
    assert format_percent(0.004) == "< 1 %"
    assert format_percent(0.996) == "> 99 %"
    assert format_percent(1.0) == "100 %"
    assert format_percent(math.nan) == "-"


def test_an_interval_that_is_not_there_is_a_dash():
    assert format_ends(None) == "-"
    assert format_ends(Interval(math.nan, math.nan)) == "-"
    assert format_ends(Interval(0.25, 1.0)) == "0.2500 to 1.0000"

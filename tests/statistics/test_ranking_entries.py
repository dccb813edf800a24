"""The order of a leaderboard: ranks, ties, who stands for a team, who has no rank."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isiceval.errors import UsageError
from isiceval.metrics.registry import METRICS
from isiceval.model import Problem, Standing
from isiceval.statistics.ranking import rank_entries
from isiceval.tasks.task import Task, find_task
from tests import builders
from tests.builders import miss

TASK = find_task("2017/1")
ERROR = Problem(code="missing-prediction", severity="error", where="x", detail="m", fix="f")
FIRST = {}  # a scorecard of each task: others differ from it in fields alone
WARNING = Problem(code="all-black", severity="warning", where="x", detail="m", fix="f")


def make_scorecard(score, *, task=TASK, name="s", **changes):
    usual = {
        "submission": name,
        "aggregates": {**dict.fromkeys(METRICS, 0.5), task.ranking: score},
        "as_submitted": None,
        "signature": f"signature of {name}",
    }
    key = task.id, task.profile, task.ranking
    if key not in FIRST:
        FIRST[key] = builders.make_scorecard(task, [miss("ISIC_0000001"), miss("ISIC_0000002")])
    return replace(FIRST[key], **usual | changes)


def make_entry(name, score, *, task=TASK, **fields):
    card = None if score is None else make_scorecard(score, task=task, name=name)
    return Standing(submission=name, **fields), card


def rank_all(entries, *, task=TASK, **choices):
    cards = {entry.submission: card for entry, card in entries if card is not None}
    return rank_entries([entry for entry, _ in entries], cards, task=task, **choices)


def rank_cards(cards):
    return rank_all([(Standing(submission=name), card) for name, card in cards.items()])


def lines(board):
    return [(s.rank, s.submission) for s in board.standings]


def rank_scores(scores, *, task=TASK, **choices):
    entries = [make_entry(name, score, task=task) for name, score in scores.items()]
    return lines(rank_all(entries, task=task, **choices))


def test_equal_scores_share_a_rank():
    scores = {"d": 0.1, "c": 0.7, "a": 0.9, "b": 0.7}
    assert rank_scores(scores) == [(1, "a"), (2, "b"), (2, "c"), (4, "d")]


def test_only_exactly_equal_scores_share_a_rank():
    assert rank_scores({"a": 0.3, "b": 0.1 + 0.2}) == [(1, "b"), (2, "a")]
    assert rank_scores({"a": 0.0, "b": -0.0}) == [(1, "a"), (1, "b")]


def test_a_metric_that_is_better_when_lower_ranks_the_lowest_first():
    task = Task(id="mine", title="Mine", ranking="failure_rate")
    scores = {"a": 0.5, "b": 0.0, "c": 0.5, "d": 1.0, "e": math.nan}
    assert rank_scores(scores, task=task) == [
        (1, "b"),
        (2, "a"),
        (2, "c"),
        (4, "d"),
        (None, "e"),
    ]


def test_without_a_rank_come_the_undefined_then_the_invalid():
    scores = {"z": None, "y": None, "n": math.nan, "m": math.nan, "a": 0.0}
    board = rank_all([make_entry(k, v) for k, v in scores.items()])
    assert lines(board) == [(1, "a"), (None, "m"), (None, "n"), (None, "y"), (None, "z")]
    statuses = [s.status for s in board.standings]
    assert statuses == ["ranked", "undefined", "undefined", "invalid", "invalid"]


def test_nothing_to_rank_is_an_empty_board():
    board = rank_all([])
    assert (board.standings, board.superseded, board.truth_digest) == ((), 0, "")


def test_a_standing_carries_all_that_is_known():
    fields = {"team": "T", "approach": "A", "submitted_at": "2018-07-27", "columns": {"x": "y"}}
    good = make_entry("good", 0.5, problems=(WARNING,), **fields)
    bad = make_entry("bad", None, problems=(ERROR, WARNING), **fields)
    first, second = rank_all([bad, good]).standings
    assert (first.rank, first.n_cases, first.n_missing) == (1, 2, 2)
    assert first.aggregates == good[1].aggregates
    assert first.signature == "signature of good"
    assert (first.n_errors, first.n_warnings) == (0, 1)
    assert (second.n_errors, second.n_warnings) == (1, 1)
    assert (second.n_cases, second.n_missing, second.aggregates) == (None, None, {})
    assert second.signature == ""
    for standing in (first, second):
        assert (standing.team, standing.approach) == ("T", "A")
        assert (standing.submitted_at, standing.columns) == ("2018-07-27", {"x": "y"})


def test_a_board_says_how_it_was_made():
    task = find_task("2018/1", profile="2018")
    board = rank_all([], task=task, per="team", ties="earlier", columns=["x", "y"])
    assert (board.task, board.profile, board.metric) == ("2018/1", "2018", "threshold_jaccard")
    assert (board.per, board.ties, board.columns) == ("team", "earlier", ("x", "y"))
    assert board.truth_digest == ""


def test_a_csv_of_cases_knows_the_beginning_of_the_digest_alone():
    whole = "abcdef0123456789" * 4
    digests = {"csv": whole[:16], "json": whole, "new": whole}
    board = rank_cards({k: make_scorecard(0.5, truth_digest=v) for k, v in digests.items()})
    assert board.truth_digest == whole
    assert len(board.standings) == 3


def test_the_digest_of_the_truth_is_that_of_the_scorecards():
    cards = {"a": make_scorecard(0.5), "b": make_scorecard(0.5, truth_digest="abc")}
    assert rank_cards(cards).truth_digest == "abc"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "2016/1"}, "its task is 2016/1, not 2017/1"),
        ({"profile": "other"}, "its profile is other, not 2017"),
        ({"metric": "dice"}, "its ranking metric is dice, not jaccard"),
        ({"jaccard_threshold": 0.5}, "its Jaccard threshold is 0.5, not 0.65"),
    ],
)
def test_scorecards_made_in_another_way_are_refused(changes, sentence):
    card = replace(make_scorecard(0.5), **changes)
    with pytest.raises(
        UsageError, match=f"^a.json cannot be ranked on this leaderboard: {sentence}$"
    ):
        rank_cards({"a.json": card})


def test_scorecards_of_two_truths_are_refused():
    cards = {f"{i}": make_scorecard(0.5, truth_digest=d) for i, d in enumerate(("abc", "xyz"))}
    with pytest.raises(
        UsageError, match=r"^1 cannot be ranked on .* truth digest is xyz, not abc$"
    ):
        rank_cards(cards)


def test_earlier_submissions_go_first_among_equals():
    times = {
        "a": "",
        "b": "2018-07-27 12:00",
        "c": "2018-07-27T13:00+02:00",
        "d": "",
        "e": "2018-07-28",
        "f": "2018-07-27T12:00Z",
    }
    entries = [make_entry(name, 0.5, submitted_at=time) for name, time in times.items()]
    entries += [make_entry("best", 0.6), make_entry("worst", 0.4, submitted_at="2000-01-01")]
    board = rank_all(entries, ties="earlier")
    ordered = ["best", "c", "b", "f", "e", "a", "d", "worst"]
    assert lines(board) == list(enumerate(ordered, start=1))


def make_history():
    rows = [
        ("a1", "A", "one", 0.9, "2018-07-01"),
        ("a2", "A", "one", 0.6, "2018-07-02"),
        ("a3", "A", "two", 0.7, ""),
        ("a4", "A", "one", None, "2018-07-03"),
        ("b1", "B", "one", 0.8, ""),
        ("c1", "", "one", 0.5, ""),
        ("c2", "", "one", 0.4, ""),
        ("d1", "D", "", 0.3, ""),
        ("d2", "D", "", 0.2, ""),
    ]
    return [
        make_entry(name, score, team=team, approach=approach, submitted_at=time)
        for name, team, approach, score, time in rows
    ]


@pytest.mark.parametrize(
    ("per", "ordered", "superseded"),
    [
        ("submission", ["a1", "b1", "a3", "a2", "c1", "c2", "d1", "d2"], 0),
        ("approach", ["b1", "a3", "a2", "c1", "c2", "d1", "d2"], 1),
        ("team", ["b1", "a3", "c1", "c2", "d1"], 3),
    ],
)
def test_latest_of_each_approach_and_best_of_each_team(per, ordered, superseded):
    board = rank_all(make_history(), per=per)
    assert lines(board) == [*enumerate(ordered, start=1), (None, "a4")]
    assert board.superseded == superseded


def test_a_team_is_not_mixed_up_with_a_submission_of_its_name():
    entries = [make_entry("x", 0.5), make_entry("y", 0.4, team="x")]
    assert lines(rank_all(entries, per="team")) == [(1, "x"), (2, "y")]


def test_among_a_teams_equal_approaches_the_earlier_stands():
    entries = [
        make_entry("a", 0.5, team="T", approach="one"),
        make_entry("b", 0.5, team="T", approach="two", submitted_at="2018-07-02"),
        make_entry("c", 0.5, team="T", approach="three", submitted_at="2018-07-01"),
        make_entry("d", math.nan, team="T", approach="four", submitted_at="2018-06-01"),
    ]
    for order in permutations(entries):
        assert lines(rank_all(order, per="team")) == [(1, "c")]


def test_a_team_whose_every_score_is_undefined_stands_without_a_rank():
    entries = [make_entry(name, math.nan, team="T") for name in "ba"]
    assert lines(rank_all(entries, per="team")) == [(None, "a")]


@pytest.mark.parametrize("per", ["approach", "team"])
@pytest.mark.parametrize(
    ("team", "owner"), [("T", "approach 'one' of team 'T'"), ("", "approach 'one'")]
)
def test_the_latest_cannot_be_told_without_times(per, team, owner):
    entries = [
        make_entry("a", 0.5, team=team or "T", approach="one", submitted_at="2018-07-01"),
        make_entry("b", 0.5, team=team or "T", approach="one"),
    ]
    with pytest.raises(UsageError) as caught:
        rank_all(entries, per=per)
    message = str(caught.value)
    assert message.startswith(owner)
    assert message.endswith("the latest one stands for it, but b has no submitted_at")


def test_the_latest_cannot_be_told_from_equal_times():
    times = {"c": "2018-07-01 10:00", "b": "2018-07-01T12:00+02:00", "a": "2018-06-01"}
    entries = [
        make_entry(name, 0.5, team="T", approach="one", submitted_at=time)
        for name, time in times.items()
    ]
    with pytest.raises(UsageError, match="but b and c have the same submitted_at, 2018-07-01"):
        rank_all(entries, per="approach")
    later = make_entry("d", 0.1, team="T", approach="one", submitted_at="2018-07-02")
    assert lines(rank_all([*entries, later], per="approach")) == [(1, "d")]


few_scores = st.lists(st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0]) | st.floats(0, 1), max_size=12)


def name_all(scores):
    return {f"s{i:02}": score for i, score in enumerate(scores)}


@given(few_scores)
def test_a_rank_is_one_more_than_the_number_of_better_scores(scores):
    named = name_all(scores)
    ranked = rank_scores(named)
    assert sorted(name for _, name in ranked) == sorted(named)
    for rank, name in ranked:
        assert rank == 1 + sum(other > named[name] for other in scores)
    assert ranked == sorted(ranked)


@given(few_scores, st.randoms(use_true_random=False))
def test_the_order_of_the_entries_moves_nothing(scores, random):
    named = list(name_all(scores).items())
    expected = rank_scores(dict(named))
    random.shuffle(named)
    assert rank_scores(dict(named)) == expected


@given(few_scores)
def test_turning_the_metric_around_turns_the_ranks_around(scores):
    lower = Task(id="mine", title="Mine", ranking="failure_rate")
    named = name_all(scores)
    turned = {name: -score for name, score in named.items()}
    assert rank_scores(turned, task=lower) == rank_scores(named)


@given(few_scores, st.data())
def test_earlier_gives_every_position_once_and_keeps_the_order_of_scores(scores, data):
    times = data.draw(
        st.lists(
            st.sampled_from(["", "2018-07-01", "2018-07-02"]),
            min_size=len(scores),
            max_size=len(scores),
        )
    )
    entries = [
        make_entry(name, score, submitted_at=time)
        for (name, score), time in zip(name_all(scores).items(), times, strict=True)
    ]
    by_name = {entry.submission: (entry, card) for entry, card in entries}
    ranked = lines(rank_all(entries, ties="earlier"))
    assert [rank for rank, _ in ranked] == list(range(1, len(scores) + 1))
    keys = [
        (-card.score, entry.submitted_at or "9999", entry.submission)
        for entry, card in (by_name[name] for _, name in ranked)
    ]
    assert keys == sorted(keys)

from isiceval.metrics.registry import AGGREGATES
from isiceval.reports import rows
from tests.builders import from_cases


def test_groups_put_errors_first_and_keep_the_order_of_first_appearance(make):
    problems = [
        make.problem("odd", "a", severity="warning"),
        make.problem("second", "b"),
        make.problem("first", "c"),
        make.problem("second", "d"),
    ]
    groups = rows.group_problems(problems)
    assert [(g.code, g.n, g.places) for g in groups] == [
        ("second", 2, ("b", "d")),
        ("first", 1, ("c",)),
        ("odd", 1, ("a",)),
    ]
    assert rows.count_codes(problems) == {"second": 2, "first": 1, "odd": 1}


def test_a_group_tells_whether_the_first_speaks_for_all(make):
    problems = [
        make.problem("x", "a", detail="m1", fix="f1"),
        make.problem("x", "b", detail="m2", fix="f1"),
    ]
    (group,) = rows.group_problems(problems)
    assert (group.message, group.same_message, group.same_fix) == ("m1", False, True)


def test_verdicts(make):
    error, warning = make.problem("e", "a"), make.problem("w", "a", severity="warning")
    assert rows.say_verdict([]) == "valid"
    assert rows.say_verdict([warning]) == "valid, 1 warning"
    assert rows.say_verdict([error, warning, warning]) == "INVALID: 1 error, 2 warnings"
    assert rows.say_verdict([error]) == "INVALID: 1 error"


def test_the_ranking_metric_comes_first_and_once():
    for metric in AGGREGATES:
        order = rows.order_aggregates(metric)
        assert order[0] == metric
        assert sorted(order) == sorted(AGGREGATES)


def test_metric_rows_carry_values_and_notes(make):
    card = make.scorecard(missing=1)
    found = {row.name: row for row in rows.iter_metrics(card)}
    assert [row.name for row in rows.iter_metrics(card) if row.ranking] == ["threshold_jaccard"]
    assert found["dice"].value == card.aggregates["dice"]
    assert found["dice"].as_submitted == card.as_submitted["dice"]
    assert found["dice"].note == "1 of 5 undefined, counted as 1"
    assert found["accuracy"].note == ""
    assert found["failure_rate"].note == "share with a Jaccard below 0.65"


def test_undefined_cases_that_are_left_out_are_said_to_be(make):
    card = make.scorecard(task="2017/1")
    notes = {row.name: row.note for row in rows.iter_metrics(card)}
    assert notes["jaccard"] == "1 of 4 undefined, left out"


def test_landmarks_and_worst_are_empty_where_nothing_is_defined(make):
    card = make.scorecard(task="2017/1")
    undefined = tuple(case for case in card.cases if case.undefined)
    bare = make.scorecard(task="2017/1")
    object.__setattr__(bare, "measured", from_cases(undefined))
    assert list(rows.iter_landmarks(bare)) == []
    assert list(rows.iter_worst(bare)) == []
    assert [(place, case.image) for place, case in rows.iter_landmarks(card)] == [
        ("median", "ISIC_0000000"),
        ("worst", "ISIC_0000001"),
    ]


def test_the_rows_of_a_leaderboard_have_its_columns(make):
    standing = make.standing(1, "a", columns={"dice": "six", "country": "AT"})
    board = make.board(standing, make.standing(None, "b"), columns=("country", "dice", "rank"))
    for row in rows.iter_standings(board):
        assert tuple(row) == rows.list_columns(board)
    first = next(rows.iter_standings(board))
    assert first["teams_dice"] == "six"
    assert first["dice"] == standing.aggregates["dice"]
    assert rows.list_columns(board)[-4:] == ("country", "teams_dice", "teams_rank", "signature")


def test_status_counts_errors_only(make):
    problems = (make.problem("e", "a"), make.problem("w", "a", severity="warning"))
    assert rows.say_status(make.standing(None, "x", problems=problems)) == "invalid: 1 error"
    assert rows.say_status(make.standing(None, "x", status="undefined")) == "undefined"
    assert rows.say_status(make.standing(1, "x")) == "ranked"

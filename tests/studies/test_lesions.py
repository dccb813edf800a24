from dataclasses import replace

from isiceval.kinds.kind import from_cases
from isiceval.metrics.catalogue import measure, miss
from isiceval.model import Counts, Size
from isiceval.scorecard import Scorecard, aggregate
from isiceval.statistics.groups import Redrawing
from isiceval.studies.lesions import study_scorecard
from isiceval.tasks.catalogue import find_task

TASK = find_task("2018/1")
SIZES = (Size(40, 25), Size(50, 20))


def make_card(name, missed, *, n_missing=0):
    cases = [
        measure(TASK, f"ISIC_{k:07d}", Counts(tp=100, fp=m, fn=0, tn=900 - m), SIZES[k % 2])
        for k, m in enumerate(missed)
    ]
    cases += [miss(f"ISIC_{k:07d}") for k in range(len(cases), len(cases) + n_missing)]
    return Scorecard(
        task=TASK.id,
        profile=TASK.profile,
        metric=TASK.ranking,
        submission=name,
        signature="task:2018/1|threshold:0.65",
        **aggregate(cases, jaccard_threshold=0.65),
    )


def test_draws_and_seed_are_those_asked_for():
    card = make_card("a", [3, 10, 30, 50, 80, 100, 0, 5])
    one = study_scorecard(card, task=TASK, redrawing=Redrawing(draws=50, seed=1))
    other = study_scorecard(card, task=TASK, redrawing=Redrawing(draws=50, seed=2))
    assert (one.bootstrap.draws, one.bootstrap.seed, one.bootstrap.n_units) == (50, 1, 8)
    whole = [study.breakdowns[1].subgroups[0].score_interval for study in (one, other)]
    assert whole[0] != whole[1]


def test_size_and_lesion_share_are_always_broken_down():
    card = make_card("a", range(0, 80, 10), n_missing=1)
    found = {b.column: b for b in study_scorecard(card, task=TASK, columns={"sex": {}}).breakdowns}
    assert list(found) == ["sex", "image size", "lesion share"]
    sizes = {group.name: group.n for group in found["image size"].subgroups}
    assert sizes == {"40 x 25": 4, "50 x 20": 4, "not given": 1}
    assert [group.name for group in found["lesion share"].subgroups] == ["10.00 %", "not given"]


def test_many_sizes_become_megapixels():
    card = make_card("a", range(8))
    cases = tuple(
        replace(case, size=Size(1000 + 100 * k, 1000)) for k, case in enumerate(card.cases)
    )
    columns = [
        b.column
        for b in study_scorecard(replace(card, measured=from_cases(cases)), task=TASK).breakdowns
    ]
    assert columns == ["image size (megapixels)", "lesion share"]

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import isiceval
from isiceval.errors import InvalidSubmission, IsicevalError, UsageError
from isiceval.pipeline import list_images, write_manifest
from isiceval.reports.csv import write_csv
from isiceval.reports.json import write_json


def shift(mask, by=1):
    return np.roll(mask, by, axis=1)


@pytest.fixture
def truth(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "truth", masks)


@pytest.fixture
def prediction(tmp_path, masks, save_masks):
    return save_masks(tmp_path / "out", {image: shift(mask) for image, mask in masks.items()})


def codes(problems):
    return {problem.code for problem in problems}


class TestScore:
    def test_counts_every_pixel_and_takes_the_mean(self, truth, prediction, masks):
        scorecard = isiceval.score("2018/1", truth=truth, prediction=prediction)
        expected = []
        for case, (image, mask) in zip(scorecard.cases, masks.items(), strict=True):
            guess = shift(mask)
            assert case.image == image
            assert case.counts.tp == (mask & guess).sum()
            assert case.counts.fp == (~mask & guess).sum()
            assert case.counts.fn == (mask & ~guess).sum()
            assert case.counts.tn == (~mask & ~guess).sum()
            expected.append((mask & guess).sum() / (mask | guess).sum())
        assert scorecard.aggregates["jaccard"] == pytest.approx(np.mean(expected), abs=1e-15)
        assert scorecard.score == scorecard.aggregates["threshold_jaccard"]

    def test_masks_in_memory_give_the_same_as_files(self, truth, prediction, masks):
        guesses = {image: shift(mask) for image, mask in masks.items()}
        in_memory = isiceval.score("2018/1", truth=masks, prediction=guesses)
        on_disk = isiceval.score("2018/1", truth=truth, prediction=prediction)
        assert in_memory.aggregates == on_disk.aggregates
        assert [c.counts for c in in_memory.cases] == [c.counts for c in on_disk.cases]

    def test_memory_and_files_may_be_mixed(self, truth, masks):
        assert isiceval.score("2018/1", truth=truth, prediction=masks).score == 1.0

    def test_in_memory_ids_need_not_look_like_isic_ids(self):
        truth = {"lesion-a": np.eye(3, dtype=bool), "lesion-b": np.eye(4, dtype=bool)}
        assert isiceval.score("2018/1", truth=truth, prediction=truth).score == 1.0

    def test_workers_never_change_a_digit(self, truth, prediction):
        alone = isiceval.score("2018/1", truth=truth, prediction=prediction, workers=1)
        helped = isiceval.score("2018/1", truth=truth, prediction=prediction, workers=3)
        assert helped == alone

    def test_zip_and_folder_have_the_same_digests(self, tmp_path, truth, prediction, zip_folder):
        packed_truth = zip_folder(truth, tmp_path / "truth.zip")
        packed = zip_folder(prediction, tmp_path / "out.zip", top="masks/")
        folder = isiceval.score("2018/1", truth=truth, prediction=prediction)
        archive = isiceval.score("2018/1", truth=packed_truth, prediction=packed)
        assert archive.truth_digest == folder.truth_digest
        assert archive.submission_digest == folder.submission_digest
        assert archive.signature == folder.signature
        assert archive.cases == folder.cases

    def test_another_pixel_gives_another_digest(self, masks):
        changed = dict(masks)
        first = next(iter(changed))
        changed[first] = ~changed[first]
        same = isiceval.score("2018/1", truth=masks, prediction=masks)
        other = isiceval.score("2018/1", truth=masks, prediction=changed)
        assert other.submission_digest != same.submission_digest
        assert other.truth_digest == same.truth_digest

    def test_an_invalid_submission_is_refused_with_every_problem(self, truth, prediction):
        (prediction / "ISIC_0000001_segmentation.png").unlink()
        Image.new("L", (7, 7)).save(prediction / "ISIC_0000002_segmentation.png")
        Image.new("RGB", (34, 22)).save(prediction / "ISIC_0000003_segmentation.png")
        with pytest.raises(InvalidSubmission) as refused:
            isiceval.score("2018/1", truth=truth, prediction=prediction)
        found = codes(refused.value.problems)
        assert {"missing-prediction", "wrong-dimensions", "wrong-mode"} <= found

    def test_missing_images_can_be_scored_as_failures(self, truth, prediction):
        (prediction / "ISIC_0000001_segmentation.png").unlink()
        whole = isiceval.score("2018/1", truth=truth, prediction=prediction, missing="zero")
        assert whole.n_missing == 1
        assert whole.cases[0].status == "missing"
        assert whole.aggregates["dice"] == pytest.approx(whole.as_submitted["dice"] * 5 / 6)
        assert whole.as_submitted["dice"] > whole.aggregates["dice"]
        assert "missing:zero" in whole.signature
        assert codes(whole.problems) == {"missing-prediction"}

    def test_missing_zero_forgives_nothing_else(self, truth, prediction):
        Image.new("L", (7, 7)).save(prediction / "ISIC_0000002_segmentation.png")
        with pytest.raises(InvalidSubmission):
            isiceval.score("2018/1", truth=truth, prediction=prediction, missing="zero")

    def test_the_signature_says_every_choice(self, truth, prediction):
        scorecard = isiceval.score("2017/1", truth=truth, prediction=prediction)
        assert scorecard.signature == (
            "task:2017/1|profile:2017|metric:jaccard|threshold:0.65|binarise:>128|undefined:omit"
            f"|missing:refuse|lenient:no|n:6|truth:{scorecard.truth_digest[:16]}"
            f"|isiceval:{isiceval.__version__}"
        )

    def test_lenient_reads_jpeg_and_says_so(self, truth, prediction, masks):
        name = prediction / "ISIC_0000001_segmentation"
        name.with_suffix(".png").unlink()
        grey = Image.fromarray(masks["ISIC_0000001"] * np.uint8(255))
        grey.save(name.with_suffix(".jpg"), quality=100)
        with pytest.raises(InvalidSubmission) as refused:
            isiceval.score("2018/1", truth=truth, prediction=prediction)
        assert "wrong-format" in codes(refused.value.problems)
        lenient = isiceval.score("2018/1", truth=truth, prediction=prediction, lenient=True)
        assert sum(lenient.conversions.values()) == 1
        assert "lenient:yes" in lenient.signature

    def test_progress_is_told_up_to_the_end(self, truth, prediction):
        seen = []
        isiceval.score(
            "2018/1",
            truth=truth,
            prediction=prediction,
            progress=lambda done, total: seen.append((done, total)),
        )
        assert seen == [(k + 1, 6) for k in range(6)]

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"missing": "ignore"}, "missing='ignore' is not one of: refuse, zero"),
            ({"checks": "some"}, "checks='some' is not one of: all, fast"),
            ({"profile": "1999"}, "no profile '1999'"),
        ],
    )
    def test_an_unknown_option_value_is_refused(self, masks, options, says):
        with pytest.raises(IsicevalError, match=says):
            isiceval.score("2018/1", truth=masks, prediction=masks, **options)

    def test_a_task_value_is_taken_as_it_is(self, masks):
        task = isiceval.get_task("2018/1", profile="2018")
        assert isiceval.score(task, truth=masks, prediction=masks).profile == "2018"
        with pytest.raises(UsageError, match="is given in profile 2018, not today"):
            isiceval.score(task, truth=masks, prediction=masks, profile="today")

    def test_the_scorecard_comes_back_from_both_files(self, tmp_path, truth, prediction):
        (prediction / "ISIC_0000001_segmentation.png").unlink()
        scorecard = isiceval.score("2018/1", truth=truth, prediction=prediction, missing="zero")
        (tmp_path / "s.json").write_text(write_json(scorecard))
        (tmp_path / "s.csv").write_text(write_csv(scorecard))
        assert isiceval.Scorecard.load(tmp_path / "s.json") == scorecard
        from_rows = isiceval.Scorecard.load(tmp_path / "s.csv")
        assert from_rows.aggregates == scorecard.aggregates
        assert from_rows.as_submitted == scorecard.as_submitted
        assert from_rows.cases == scorecard.cases


class TestUndefined:
    empty = np.zeros((3, 3), dtype=bool)
    full = np.ones((3, 3), dtype=bool)

    @pytest.mark.parametrize(
        ("task", "profile", "jaccard", "sensitivity"),
        [("2016/1", None, 1.0, 1.0), ("2018/1", None, 1.0, 1.0), ("2018/1", "2018", 0.5, 0.5)],
    )
    def test_a_case_empty_in_both(self, task, profile, jaccard, sensitivity):
        truth = {"ISIC_0000001": self.empty, "ISIC_0000002": self.full}
        scorecard = isiceval.score(task, truth=truth, prediction=truth, profile=profile)
        assert scorecard.aggregates["jaccard"] == jaccard
        assert scorecard.aggregates["sensitivity"] == sensitivity
        assert scorecard.undefined["jaccard"] == 1
        assert scorecard.undefined["specificity"] == 1

    def test_all_undefined_is_undefined_not_zero(self):
        truth = {"ISIC_0000001": self.empty}
        scorecard = isiceval.score("2017/1", truth=truth, prediction=truth)
        assert math.isnan(scorecard.score)
        assert json.loads(write_json(scorecard))["score"] is None


class TestTruthAtFault:
    def test_a_damaged_truth_is_the_organisers_fault(self, truth, prediction):
        path = truth / "ISIC_0000003_segmentation.png"
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(IsicevalError, match="ISIC_0000003") as fault:
            isiceval.score("2018/1", truth=truth, prediction=prediction)
        assert fault.value.exit_status == 3

    def test_a_grey_truth_is_refused(self, truth, prediction, masks):
        soft = np.linspace(0, 255, 600).reshape(20, 30).astype(np.uint8)
        Image.fromarray(soft).save(truth / "ISIC_0000001_segmentation.png")
        with pytest.raises(IsicevalError, match="grey values"):
            isiceval.score("2018/1", truth=truth, prediction=prediction)

    def test_a_truth_of_colour_is_refused(self, truth, prediction):
        Image.new("RGB", (30, 20)).save(truth / "ISIC_0000001_segmentation.png")
        with pytest.raises(IsicevalError, match="RGB"):
            isiceval.score("2018/1", truth=truth, prediction=prediction)

    def test_a_truth_of_0_and_1_counts_as_a_mask(self, truth, prediction, masks):
        expected = isiceval.score("2018/1", truth=truth, prediction=prediction)
        mask = masks["ISIC_0000001"].astype(np.uint8)
        Image.fromarray(mask).save(truth / "ISIC_0000001_segmentation.png")
        found = isiceval.score("2018/1", truth=truth, prediction=prediction)
        assert found.aggregates == expected.aggregates

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda t: [p.unlink() for p in t.iterdir()], "holds no file named like"),
            (lambda t: (t / "ISIC_0000001.png").write_bytes(b""), "several files for ISIC_0000001"),
            (lambda t: (t / "lesion.png").write_bytes(b""), "without a known image id.*lesion.png"),
        ],
    )
    def test_a_truth_folder_that_makes_no_sense(self, truth, prediction, change, says):
        change(truth)
        with pytest.raises(IsicevalError, match=says):
            isiceval.score("2018/1", truth=truth, prediction=prediction)

    def test_a_truth_that_is_not_there(self, tmp_path, prediction):
        with pytest.raises(IsicevalError, match="nowhere"):
            isiceval.score("2018/1", truth=tmp_path / "nowhere", prediction=prediction)


class TestTaskFile:
    def write(self, tmp_path, text):
        path = tmp_path / "my-task.toml"
        path.write_text(text)
        return str(path)

    def test_a_data_set_of_ones_own(self, tmp_path, masks, save_masks):
        task = self.write(
            tmp_path,
            """
            [task."my-set"]
            title = "My lesions"
            ranking = "dice"
            threshold = 100
            undefined = 0.0
            jaccard_threshold = 0.8
            cases = 2
            naming = { image = "case-[0-9]+", suffixes = ["_mask"], example = "case-7_mask.png" }
            """,
        )
        named = dict(zip(("case-1_mask.png", "case-2_mask.png"), masks.values(), strict=False))
        truth = save_masks(tmp_path / "t", named)
        soft = {name: mask * np.uint8(101) for name, mask in named.items()}
        scorecard = isiceval.score(task, truth=truth, prediction=save_masks(tmp_path / "p", soft))
        assert scorecard.score == 1.0
        assert scorecard.metric == "dice"
        assert [case.image for case in scorecard.cases] == ["case-1", "case-2"]
        assert "threshold:0.8|binarise:>100|undefined:0.0" in scorecard.signature
        assert "taskfile:" in scorecard.signature

    def test_the_number_of_cases_is_held_against_the_truth(self, tmp_path, truth, prediction):
        task = self.write(tmp_path, '[task.mine]\ntitle = "x"\ncases = 7\n')
        with pytest.raises(IsicevalError, match="has 6 masks, task mine says there are 7"):
            isiceval.score(task, truth=truth, prediction=prediction)

    def test_an_unknown_ranking_metric_is_refused(self, tmp_path, masks):
        task = self.write(tmp_path, '[task.mine]\ntitle = "x"\nranking = "jacard"\n')
        with pytest.raises(IsicevalError, match="did you mean 'jaccard'"):
            isiceval.score(task, truth=masks, prediction=masks)


class TestValidate:
    def test_a_good_submission_is_valid(self, truth, prediction):
        validation = isiceval.validate("2018/1", truth=truth, prediction=prediction)
        assert validation.valid
        assert (validation.n_expected, validation.n_matched) == (6, 6)

    def test_images_and_manifest_do_as_well_as_the_truth(self, tmp_path, truth, prediction):
        Image.new("L", (9, 9)).save(prediction / "ISIC_0000002_segmentation.png")
        images = tmp_path / "images"
        images.mkdir()
        for path in truth.iterdir():
            with Image.open(path) as mask:
                name = path.name.replace("_segmentation.png", ".jpg")
                Image.new("RGB", mask.size).save(images / name)
        manifest = tmp_path / "sizes.csv"
        manifest.write_text(write_manifest("2018/1", images=images))
        assert manifest.read_text() == write_manifest("2018/1", truth=truth)
        by_truth = isiceval.validate("2018/1", truth=truth, prediction=prediction)
        by_images = isiceval.validate("2018/1", images=images, prediction=prediction)
        by_manifest = isiceval.validate("2018/1", manifest=manifest, prediction=prediction)
        assert codes(by_truth.errors) == {"wrong-dimensions"}
        assert by_truth == by_images == by_manifest

    def test_headers_only_sees_sizes_but_no_pixels(self, truth, prediction):
        Image.new("L", (9, 9)).save(prediction / "ISIC_0000002_segmentation.png")
        Image.new("L", (34, 22)).save(prediction / "ISIC_0000003_segmentation.png")
        quick = isiceval.validate("2018/1", truth=truth, prediction=prediction, headers_only=True)
        whole = isiceval.validate("2018/1", truth=truth, prediction=prediction)
        assert codes(quick.problems) == {"wrong-dimensions"}
        assert codes(whole.problems) == {"wrong-dimensions", "all-black"}

    def test_regions_are_counted_unless_fast(self, truth, prediction, masks):
        spotted = masks["ISIC_0000001"].copy()
        spotted[-1, -1] = True
        Image.fromarray(spotted * np.uint8(255)).save(prediction / "ISIC_0000001_segmentation.png")
        thorough = isiceval.validate("2018/1", truth=truth, prediction=prediction)
        fast = isiceval.validate("2018/1", truth=truth, prediction=prediction, checks="fast")
        other = isiceval.validate("2017/1", truth=truth, prediction=prediction)
        assert codes(thorough.problems) == {"several-regions"}
        assert not fast.problems
        assert not other.problems

    def test_masks_in_memory(self, masks):
        wrong = {**masks, "ISIC_0000001": masks["ISIC_0000001"].astype(float)}
        validation = isiceval.validate("2018/1", truth=masks, prediction=wrong)
        assert codes(validation.errors) == {"wrong-array"}
        quick = isiceval.validate("2018/1", truth=masks, prediction=masks, headers_only=True)
        assert quick.valid

    def test_exactly_one_expectation(self, truth, prediction):
        with pytest.raises(UsageError, match="exactly one"):
            isiceval.validate("2018/1", prediction=prediction)
        with pytest.raises(UsageError, match="exactly one"):
            isiceval.validate("2018/1", truth=truth, images=truth, prediction=prediction)

    def test_what_is_no_submission_is_said(self, tmp_path, truth):
        (tmp_path / "masks.tar").write_bytes(b"not a tar")
        validation = isiceval.validate("2018/1", truth=truth, prediction=tmp_path / "masks.tar")
        assert "not-a-submission" in codes(validation.errors)


class TestRank:
    @pytest.fixture
    def board_of(self, tmp_path, masks, save_masks, truth, zip_folder):
        folder = tmp_path / "subs"
        save_masks(folder / "good", masks)
        save_masks(folder / "fair", {i: shift(m) for i, m in masks.items()})
        save_masks(folder / "twin", {i: shift(m) for i, m in masks.items()})
        save_masks(folder / "poor", {i: shift(m, 3) for i, m in masks.items()})
        save_masks(folder / "broken", dict(list(masks.items())[:4]))
        zip_folder(folder / "poor", tmp_path / "subs" / "poor.zip")
        for path in (folder / "poor").iterdir():
            path.unlink()
        (folder / "poor").rmdir()
        (folder / "README.md").write_text("notes")

        def board(**options):
            options = {"submissions": [folder], "truth": truth, **options}
            return isiceval.rank("2018/1", **options)

        return board

    def test_ranks_a_folder_of_submissions(self, board_of):
        board = board_of()
        assert [(s.rank, s.submission) for s in board.standings] == [
            (1, "good"),
            (2, "fair"),
            (2, "twin"),
            (4, "poor.zip"),
            (None, "broken"),
        ]
        assert board.standings[-1].status == "invalid"
        assert board.standings[-1].n_errors == 2

    def test_a_board_gives_the_numbers_of_single_scores(self, board_of, tmp_path, truth):
        board = board_of(workers=2)
        for standing in board.standings[:-1]:
            path = tmp_path / "subs" / standing.submission
            assert (
                standing.aggregates
                == isiceval.score("2018/1", truth=truth, prediction=path).aggregates
            )

    def test_scorecards_stand_beside_folders(self, board_of, tmp_path, truth):
        card = isiceval.score("2018/1", truth=truth, prediction=tmp_path / "subs" / "good")
        path = tmp_path / "card.json"
        path.write_text(write_json(card))
        folder = tmp_path / "subs"
        board = board_of(submissions=[folder / "fair", path])
        assert [s.submission for s in board.standings] == ["card.json", "fair"]
        alone = board_of(submissions=[path], truth=None)
        assert alone.standings[0].rank == 1
        assert alone.truth_digest == card.truth_digest

    def test_a_scorecard_of_another_truth_is_refused(self, board_of, tmp_path, masks):
        card = isiceval.score("2018/1", truth=masks, prediction=masks)
        other = {**masks, "ISIC_0000001": ~masks["ISIC_0000001"]}
        with pytest.raises(UsageError, match="truth digest"):
            isiceval.rank("2018/1", truth=other, submissions={"mine": masks, "card": card})

    def test_masks_in_memory_are_ranked(self, masks):
        board = isiceval.rank(
            "2018/1",
            truth=masks,
            submissions={"same": masks, "shifted": {i: shift(m) for i, m in masks.items()}},
        )
        assert [s.submission for s in board.standings] == ["same", "shifted"]

    def test_scoring_needs_the_truth(self, board_of):
        with pytest.raises(UsageError, match="needs the truth"):
            board_of(truth=None)

    def test_teams_choose_who_stands_for_them(self, board_of, tmp_path):
        teams = tmp_path / "teams.csv"
        teams.write_text(
            "file,team,approach,submitted_at,uses_external_data\n"
            "good,Team A,first,2018-07-01,no\n"
            "fair,Team A,first,2018-07-02,no\n"
            "twin,Team B,only,2018-07-03,yes\n"
            "poor.zip,Team A,second,2018-07-04,no\n"
        )
        shown = board_of(teams=teams)
        assert shown.columns == ("uses_external_data",)
        assert shown.standings[0].team == "Team A"
        approaches = board_of(teams=teams, per="approach")
        assert [s.submission for s in approaches.standings] == [
            "fair",
            "twin",
            "poor.zip",
            "broken",
        ]
        by_team = board_of(teams=teams, per="team", ties="earlier")
        assert [(s.rank, s.submission) for s in by_team.standings] == [
            (1, "fair"),
            (2, "twin"),
            (None, "broken"),
        ]
        assert by_team.superseded == 2

    def test_an_unknown_choice_is_refused(self, board_of):
        with pytest.raises(UsageError, match="per='country' is not one of"):
            board_of(per="country")

    def test_a_submission_that_is_not_there_is_usage(self, board_of, tmp_path):
        with pytest.raises(UsageError, match="there is no submission"):
            board_of(submissions=[tmp_path / "gone"])


def test_every_task_is_listed_and_found():
    listed = [task.id for task in isiceval.list_tasks()]
    assert {"2016/1", "2017/3", "2018/1", "2024", "milk10k"} <= set(listed)
    assert listed == sorted(listed)
    assert isiceval.get_task("2018/1").ranking == "threshold_jaccard"
    with pytest.raises(UsageError, match="there is no task '2015/1'"):
        isiceval.get_task("2015/1")


def test_images_are_listed_by_name_alone(truth, masks):
    assert list_images("2018/1", truth=truth) == sorted(masks)


def test_what_a_participant_sees_does_not_depend_on_the_truths_pixels(masks, tmp_path, save_masks):
    """Two truths that differ only in pixels: every problem and every size stays the same."""
    wrong = {i: shift(m) for i, m in masks.items()}
    wrong["ISIC_0000001"] = np.zeros((20, 30), dtype=np.uint8)
    wrong["ISIC_0000002"] = np.full((21, 32), 7, dtype=np.uint8)
    prediction = save_masks(tmp_path / "p", wrong)
    inverted = {i: ~m for i, m in masks.items()}
    first = isiceval.score("2018/1", truth=masks, prediction=prediction, checks="all")
    second = isiceval.score("2018/1", truth=inverted, prediction=prediction, checks="all")
    assert first.score != second.score
    assert first.problems == second.problems
    scores = {"measured": None, "aggregates": {}, "intervals": {}, "undefined": {}}
    hidden = {**scores, "truth_digest": "", "signature": ""}
    assert replace(first, **hidden) == replace(second, **hidden)


class TestCompare:
    def test_masks_in_memory(self, masks):
        moved = {image: shift(mask) for image, mask in masks.items()}
        comparison = isiceval.compare("2018/1", first=masks, second=moved, truth=masks)
        assert isinstance(comparison, isiceval.Comparison)
        assert (comparison.first, comparison.second) == ("first", "second")
        assert comparison.differences["jaccard"].second_wins == 0
        assert comparison.differences["jaccard"].first_wins == len(masks)
        assert comparison.first_aggregates["jaccard"] == 1.0

    def test_scorecards_as_files_or_values(self, masks, tmp_path):
        moved = {image: shift(mask) for image, mask in masks.items()}
        card = isiceval.score("2018/1", truth=masks, prediction=moved)
        best = isiceval.score("2018/1", truth=masks, prediction=masks)
        path = tmp_path / "card.json"
        path.write_text(write_json(card))
        one = isiceval.compare("2018/1", first=best, second=path)
        other = isiceval.compare("2018/1", first=best, second=card)
        assert repr(one.differences) == repr(other.differences)
        assert one.second == "card.json"

    def test_groups_move_the_interval(self, masks):
        moved = {i: np.roll(m, k, axis=1) for k, (i, m) in enumerate(masks.items())}
        groups = {image: f"p{place // 3}" for place, image in enumerate(masks)}
        apart = isiceval.compare("2018/1", first=masks, second=moved, truth=masks)
        together = isiceval.compare("2018/1", first=masks, second=moved, truth=masks, groups=groups)
        assert together.bootstrap.n_units == 2
        first, second = apart.differences["jaccard"], together.differences["jaccard"]
        assert first.difference == second.difference
        assert (first.low, first.high) != (second.low, second.high)

    def test_too_few_draws_are_usage(self, masks):
        for bootstrap in (0, 99):
            with pytest.raises(UsageError, match="needs at least 100 draws"):
                isiceval.compare(
                    "2018/1", first=masks, second=masks, truth=masks, bootstrap=bootstrap
                )

    def test_an_invalid_submission_is_refused(self, masks):
        fewer = dict(list(masks.items())[1:])
        with pytest.raises(isiceval.InvalidSubmission, match="missing-prediction"):
            isiceval.compare("2018/1", first=masks, second=fewer, truth=masks)


def test_scorecards_on_a_board_have_the_statistics_of_their_masks(masks, tmp_path):
    submissions = {f"team-{by}": {i: shift(m, by) for i, m in masks.items()} for by in (0, 1, 5)}
    board = isiceval.rank("2018/1", truth=masks, submissions=submissions, bootstrap=50)
    paths = {}
    for name, prediction in submissions.items():
        card = isiceval.score("2018/1", truth=masks, prediction=prediction, bootstrap=0)
        paths[name] = tmp_path / f"{name}.json"
        paths[name].write_text(write_json(card))
    again = isiceval.rank("2018/1", submissions=paths, bootstrap=50)
    assert write_json(board) == write_json(again)
    assert [standing.rank_low for standing in board.standings] == [1, 2, 3]


def test_statistics_of_a_board_are_off_at_0_draws(masks):
    board = isiceval.rank("2018/1", truth=masks, submissions={"a": masks}, bootstrap=0)
    assert board.bootstrap is board.significance is None
    assert board.standings[0].intervals == board.standings[0].ranks == {}

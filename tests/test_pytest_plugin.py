import shutil
import subprocess
import sys

import numpy as np
import pytest

import isiceval

pytest_plugins = ["pytester"]

CONFIG = """
[pytest]
isiceval_task = 2018/1
isiceval_truth = truth
isiceval_prediction = out
filterwarnings = default
"""


@pytest.fixture(scope="session", autouse=True)
def load_everything(challenge):
    """Load what a score loads: the runs below forget modules, and NumPy cannot be loaded twice."""
    truth, prediction = challenge / "truth", challenge / "submissions" / "careful-unet"
    isiceval.score("2018/1", truth=truth, prediction=prediction, checks="all")
    table = challenge.parent / "diagnosis" / "truth.csv"
    isiceval.score("2018/3", truth=table, prediction=table)


@pytest.fixture
def project(pytester, masks, save_masks):
    """A participant's repository with a truth and a prediction, shifted by one pixel."""
    save_masks(pytester.path / "truth", masks)
    save_masks(pytester.path / "out", {i: np.roll(m, 1, axis=1) for i, m in masks.items()})
    pytester.makeini(CONFIG)
    return pytester


def run(project, *words):
    return project.runpytest_inprocess("-p", "no:cacheprovider", *words)


def test_a_good_submission_passes_one_test_per_rule(project):
    from isiceval.checks.rules import list_rules

    run(project).assert_outcomes(passed=len(list_rules(reader="masks")))


def test_without_settings_nothing_is_collected(project):
    project.makeini("[pytest]\n")
    project.makepyfile("def test_mine(): pass")
    run(project).assert_outcomes(passed=1)


def test_thresholds_and_images_become_tests(project):
    words = ("--isiceval-min", "dice=0.5 jaccard=0.99", "--isiceval-min-image=dice=0.95")
    result = run(project, *words)
    result.stdout.no_fnmatch_line("collected 0 items")
    result.stdout.fnmatch_lines(["*min?jaccard?*", "jaccard is 0.*, the minimum is 0.99; lowest*"])
    result.stdout.fnmatch_lines(["ISIC_000000?: dice is 0.*, the minimum is 0.95"])
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] > 1


def test_an_invalid_submission_fails_its_rules_shortly(project):
    (project.path / "out" / "ISIC_0000001_segmentation.png").unlink()
    result = run(project, "--isiceval-min", "dice=0.5", "--isiceval-min-image", "dice=0.5")
    text = result.stdout.str()
    assert "ISIC_0000001" in text
    assert "Traceback" not in text
    outcomes = result.parseoutcomes()
    assert (outcomes["failed"], outcomes["skipped"]) == (1, 1 + 6)
    result = run(project, "--isiceval-min", "dice=0.5", "-rs")
    result.stdout.fnmatch_lines(["*not scored: the submission is invalid (missing-prediction)*"])


def test_a_path_that_is_not_there_fails_once(project):
    result = run(project, "--isiceval-prediction=nosuch", "--isiceval-min=dice=0.5", "-rs")
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1
    assert "passed" not in outcomes
    result.stdout.fnmatch_lines(["*not run: there is no submission *nosuch*"])


def test_a_missing_image_scored_as_a_failure_fails_its_own_test(project):
    (project.path / "out" / "ISIC_0000001_segmentation.png").unlink()
    words = ("--isiceval-missing", "zero", "--isiceval-min-image", "dice=0.5")
    result = run(project, *words)
    assert result.parseoutcomes()["failed"] == 1
    assert "ISIC_0000001: no prediction was sent" in result.stdout.str()


def test_a_warning_is_a_warning(project, save_masks):
    black = np.zeros((20, 30), dtype=bool)
    save_masks(project.path / "out", {"ISIC_0000001": black})
    result = run(project)
    assert "failed" not in result.parseoutcomes()
    assert result.parseoutcomes()["warnings"] == 1
    assert "ProblemWarning" in result.stdout.str()


def test_a_threshold_without_a_truth_is_a_usage_error(project):
    project.makeini("[pytest]\nisiceval_task = 2018/1\nisiceval_prediction = out\n")
    result = run(project, "--isiceval-min", "dice=0.5")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "isiceval_prediction is set, but isiceval_truth is not" in result.stderr.str()


def test_single_tests_are_run_alone(project):
    path = project.makepyfile("def test_mine(): pass")
    run(project, path).assert_outcomes(passed=1)
    run(project, f"{path}::test_mine").assert_outcomes(passed=1)


def test_a_keyword_selects_checks(project):
    result = run(project, "-k", "min", "--isiceval-min", "dice=0.5")
    assert result.parseoutcomes()["passed"] == 1


def test_the_fixtures_know_the_settings(project):
    project.makepyfile(
        """
        def test_scorecard(isic_scorecard):
            assert isic_scorecard.aggregates["dice"] > 0.5

        def test_score(isic_score):
            assert isic_score(profile="2018").profile == "2018"

        def test_validate(isic_validate):
            assert isic_validate().valid
            assert isic_validate(images="truth").n_expected == 6
        """
    )
    assert "failed" not in run(project).parseoutcomes()


def test_the_scorecard_fixture_says_what_it_lacks(project):
    project.makepyfile("def test_it(isic_scorecard): pass")
    project.makeini("[pytest]\n")
    result = run(project)
    result.assert_outcomes(errors=1)
    assert "isic_scorecard needs isiceval_task" in result.stdout.str()


def test_the_scorecard_fixture_of_an_invalid_submission(project):
    (project.path / "out" / "ISIC_0000001_segmentation.png").unlink()
    path = project.makepyfile("def test_it(isic_scorecard): pass")
    result = run(project, path)
    result.assert_outcomes(errors=1)
    assert "fix:" in result.stdout.str()


def test_the_fixtures_work_without_settings(project):
    project.makeini("[pytest]\n")
    path = project.makepyfile(
        """
        def test_it(isic_score, isic_validate):
            arguments = {"task": "2018/1", "truth": "truth", "prediction": "out"}
            assert isic_validate(**arguments).valid
            assert isic_score(**arguments).n_cases == 6
        """
    )
    run(project, path).assert_outcomes(passed=1)


def test_a_task_file_is_found_from_the_root(project):
    (project.path / "mine.toml").write_text('[task.mine]\ntitle = "x"\nranking = "dice"\n')
    words = ("--isiceval-task", "mine.toml", "--isiceval-min", "dice=0.5", "-k", "min")
    assert run(project, *words).parseoutcomes()["passed"] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--isiceval-min", "dic=0.5"), "did you mean 'dice'"),
        (("--isiceval-truth", "gone", "--isiceval-min-image", "dice=0"), "gone"),
    ],
)
def test_a_wrong_setting_is_a_usage_error(project, words, says):
    result = run(project, *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert says in result.stderr.str()


def test_a_truth_at_fault_is_told_in_one_sentence(project):
    (project.path / "truth" / "ISIC_0000002_segmentation.png").write_bytes(b"junk")
    result = run(project)
    text = result.stdout.str()
    assert "ISIC_0000002" in text
    assert "Traceback" not in text


def test_works_with_xdist(project):
    result = run(project, "-n", "2", "--dist", "loadgroup", "--isiceval-min", "dice=0.5")
    assert "failed" not in result.parseoutcomes()
    assert result.parseoutcomes()["passed"] > 10


def test_loading_the_plugin_loads_nothing_heavy():
    code = (
        "import sys, isiceval.pytest_plugin; "
        "print([m for m in ('numpy', 'pandas', 'PIL', 'rich', 'skimage') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_example_in_the_fixtures_passes(pytester, challenge):
    for name in ("truth", "submissions/careful-unet"):
        shutil.copytree(challenge / name, pytester.path / name)
    pytester.makeini(
        """
        [pytest]
        isiceval_task = 2018/1
        isiceval_truth = truth
        isiceval_prediction = submissions/careful-unet
        isiceval_min = threshold_jaccard=0.5 dice=0.7
        """
    )
    assert "failed" not in run(pytester).parseoutcomes()


@pytest.fixture
def of_tables(root, pytester):
    """A repository with a table of diagnoses."""
    folder = root / "fixtures" / "diagnosis"
    pytester.makeini(
        f"""
        [pytest]
        isiceval_task = 2018/3
        isiceval_truth = {folder / "truth.csv"}
        isiceval_prediction = {folder / "submissions" / "single-network.csv"}
        filterwarnings = default
        """
    )
    return pytester


def test_tables_have_rules_and_thresholds_of_their_own(of_tables):
    from isiceval.checks.rules import list_rules

    result = run(of_tables, "--isiceval-min", "balanced_accuracy=0.5 auc.MEL=0.999")
    result.assert_outcomes(passed=len(list_rules(reader="csv")) + 1, failed=1)
    assert "auc.MEL is 0." in result.stdout.str()


def test_tables_have_no_thresholds_of_single_images(of_tables):
    result = run(of_tables, "--isiceval-min-image", "dice=1")
    assert "has no metric of single images" in result.stderr.str() + result.stdout.str()


def test_the_ranking_metric_is_the_one_asked_for(pytester):
    (pytester.path / "t.csv").write_text(
        "image_id,melanoma,seborrheic_keratosis\nISIC_0000001,1,0\nISIC_0000002,0,1\n"
    )
    settings = ("task = 2017/3", "truth = t.csv", "prediction = t.csv", "rank_by = auc.melanoma")
    pytester.makeini("\n".join(["[pytest]", *(f"isiceval_{line}" for line in settings)]))
    path = pytester.makepyfile(
        """
        def test_it(isic_scorecard, isic_score):
            assert isic_scorecard.metric == "auc.melanoma"
            assert isic_score(rank_by="auc").metric == "auc"
        """
    )
    run(pytester, "-W", "default", path).assert_outcomes(passed=1)

import pytest

from isiceval.cli.reference import TOPICS


def test_the_topics_are_listed(run):
    status, out, _ = run("guide")
    assert status == 0
    assert all(topic in out for topic in TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_shown(run, topic):
    status, out, _ = run("guide", topic)
    assert status == 0
    title = TOPICS[topic].read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
    assert title in " ".join(out.split())


def test_an_unknown_topic_is_usage(run):
    status, _, err = run("guide", "cooking")
    assert status == 2
    assert "participants" in err


def test_explain_lists_and_explains(run):
    status, out, _ = run("explain")
    assert status == 0
    assert "wrong-dimensions" in out
    status, out, _ = run("explain", "wrong-dimensions")
    assert status == 0
    status, _, err = run("explain", "wrong-dimension")
    assert status == 2
    assert "did you mean 'wrong-dimensions'" in err


def test_manifest(run, tmp_path, truth, prediction):
    sizes = tmp_path / "sizes.csv"
    assert run("manifest", "2018/1", "--truth", truth, "-o", sizes)[0] == 0
    assert sizes.read_text().splitlines()[:2] == ["image,width,height", "ISIC_0000001,30,20"]
    assert run("manifest", "2018/1", "--truth", truth)[1] == sizes.read_text()
    assert run("validate", "2018/1", prediction, "--manifest", sizes)[0] == 0
    status, _, _ = run(
        "validate", "2018/1", prediction, "--manifest", sizes, "--headers-only", "--lenient"
    )
    assert status == 0


def test_tasks_lists_and_tells(run):
    status, out, _ = run("tasks")
    assert status == 0
    assert all(task in out for task in ("2016/1", "2017/1", "2018/1"))
    status, out, _ = run("tasks", "2018/1", "--profile", "2018")
    assert status == 0
    assert "arXiv:1902.03368" in out


def test_an_edition_alone_names_its_tasks(run):
    status, _, err = run("tasks", "2017")
    assert status == 2
    assert "its tasks are 2017/1, 2017/2, 2017/3" in err

import pytest

from isiceval.cli.guide import TOPICS


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

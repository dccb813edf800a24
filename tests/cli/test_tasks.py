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

def test_explain_lists_and_explains(run):
    status, out, _ = run("explain")
    assert status == 0
    assert "wrong-dimensions" in out
    status, out, _ = run("explain", "wrong-dimensions")
    assert status == 0
    status, _, err = run("explain", "wrong-dimension")
    assert status == 2
    assert "did you mean 'wrong-dimensions'" in err

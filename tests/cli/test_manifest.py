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

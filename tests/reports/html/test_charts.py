from isiceval.reports.html.charts import Scale, write_data_uri


def test_a_scale_keeps_values_within_the_axis():
    scale = Scale(0.5, 1.0)
    assert [scale.place(v) for v in (0.4, 0.5, 0.75, 1.2)] == [0, 0, 50, 100]
    assert Scale().ticks == [
        (0, "0"),
        (20, "0.2"),
        (40, "0.4"),
        (60, "0.6"),
        (80, "0.8"),
        (100, "1"),
    ]
    assert [text for _, text in Scale(0.7, 0.9).ticks] == ["0.7", "0.75", "0.8", "0.85", "0.9"]


def test_bytes_become_a_data_uri():
    assert write_data_uri("image/webp", b"RIFF") == "data:image/webp;base64,UklGRg=="

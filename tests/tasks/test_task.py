"""Every setting of a task file, good and bad."""

import re

import pytest

from isiceval.errors import IsicevalError, UsageError
from isiceval.model import Size
from isiceval.tasks.task import (
    CsvFormat,
    Naming,
    Task,
    build_task,
    find_task,
    is_costly,
    parse_task_file,
)


def build(settings="", *, profile=None, name="mine"):
    content = f'[task."{name}"]\n{settings}'.encode()
    ((task_id, table),) = parse_task_file(content, where="my.toml").items()
    return build_task(task_id, table, where="my.toml", profile=profile, content=content)


def test_a_task_needs_only_a_name():
    task = build()
    assert task == Task(id="mine", title="mine", digest=task.digest)


def test_the_defaults_are_those_of_plain_segmentation():
    task = build()
    assert (task.kind, task.ranking, task.threshold, task.jaccard_threshold) == (
        "mask", "jaccard", 128, 0.65,
    )  # fmt: skip
    assert (task.undefined, task.grey, task.one_region, task.cases) == (
        "omit", "threshold", False, None,
    )  # fmt: skip
    assert task.naming == Naming()
    assert (task.profile, task.profiles) == ("default", {})


def test_the_digest_moves_with_the_content():
    assert re.fullmatch("[0-9a-f]{12}", build().digest)
    assert build("threshold = 99").digest != build().digest


GOOD = [
    ("title", '"Lesions of ours"', "Lesions of ours"),
    ("kind", '"mask"', "mask"),
    ("ranking", '"dice"', "dice"),
    ("threshold", "0", 0),
    ("threshold", "254", 254),
    ("jaccard_threshold", "0", 0.0),
    ("jaccard_threshold", "0.8", 0.8),
    ("jaccard_threshold", "1", 1.0),
    ("undefined", '"omit"', "omit"),
    ("undefined", "0", 0.0),
    ("undefined", "0.5", 0.5),
    ("undefined", "1.0", 1.0),
    ("grey", '"refuse"', "refuse"),
    ("grey", '"threshold"', "threshold"),
    ("one_region", "true", True),
    ("one_region", "false", False),
    ("cases", "1", 1),
    ("cases", "379", 379),
    ("splits", "{ test = 10, training = 90 }", {"test": 10, "training": 90}),
    ("naming", "{}", Naming()),
    ("naming", "{ image = 'ISIC_[0-9]{5,9}' }", Naming(image="ISIC_[0-9]{5,9}")),
    (
        "naming",
        "{ image = 'IMG[0-9]+', example = 'IMG7_mask.png', suffixes = ['_mask'] }",
        Naming(image="IMG[0-9]+", suffixes=("_mask",), example="IMG7_mask.png"),
    ),
    ("naming", "{ suffixes = ['_mask'] }", Naming(suffixes=("_mask",))),
    ("naming", "{ example = 'ISIC_7654321.png' }", Naming(example="ISIC_7654321.png")),
    ("also_allowed", "['*.pdf', '*.txt']", ("*.pdf", "*.txt")),
    ("also_allowed", "[]", ()),
    ("notes", "['a']", ("a",)),
    ("references", "['b', 'c']", ("b", "c")),
    ("rankings", "['jaccard', 'dice']", ("jaccard", "dice")),
    ("labels", "['a', 'b_c']", ("a", "b_c")),
    (
        "table",
        "{ key = 'id', strict = false }",
        CsvFormat(columns=("a",), key="id", strict=False),
    ),
    ("table", "{ labels = [1, 2] }", CsvFormat(columns=("a",), labels=(1.0, 2.0))),
    ("metrics", "['auc', 'dice']", ("auc", "dice")),
    ("sensitivities", "[0.82, 1]", (0.82, 1.0)),
    ("confidence_threshold", "0.3", 0.3),
    ("inclusive", "true", True),
    ("weights", "{ a = 0, b = 1.5 }", {"a": 0, "b": 1.5}),
    ("average_precision", "'trapezoid'", "trapezoid"),
    ("pooling", "'shares'", "shares"),
    ("resize", "[640, 480]", Size(640, 480)),
]
TABLE = "kind = 'table'\n"
MASKS = "kind = 'masks'\n"
# What else a setting needs, so that the task can be built.
AROUND = {
    "rankings": "",
    "labels": "kind = 'superpixels'\n",
    "table": TABLE + "labels = ['a']\nmetrics = ['auc']\n",
    "metrics": TABLE + "labels = ['a']\ntable = {}\n",
    "pooling": MASKS + "labels = ['a']\n",
    "resize": MASKS + "labels = ['a']\npooling = 'pixels'\n",
    **dict.fromkeys(
        ("sensitivities", "confidence_threshold", "inclusive", "weights", "average_precision"),
        TABLE + "labels = ['a']\ntable = {}\nmetrics = ['auc']\n",
    ),
}

BAD = [
    ("title", "1", "text"),
    ("title", "' '", "text"),
    ("kind", '"tables"', "'segmentation' or 'classification'"),
    ("kind", "1", "'segmentation' or 'classification'"),
    ("rankings", "'auc'", "a list of texts"),
    ("labels", "[]", "a list of plain words"),
    ("labels", "['a b']", "a list of plain words"),
    ("table", "3", "a table"),
    ("table.header", "'no'", "'required', 'optional' or 'none'"),
    ("table.id_pattern", "'['", "a regular expression"),
    ("table.labels", "[nan]", "a list of numbers"),
    ("table.strict", "1", "true or false"),
    ("table.synonyms", "{ a = 1 }", "a table of names and names"),
    ("table.words", "{ a = 'b' }", "a table of words and numbers"),
    ("metrics", "'auc'", "a list of texts"),
    ("sensitivities", "[0]", "a list of numbers above 0, up to 1"),
    ("sensitivities", "[1.5]", "a list of numbers above 0, up to 1"),
    ("confidence_threshold", "2", "a number from 0 to 1"),
    ("inclusive", "1", "true or false"),
    ("weights", "{ a = -1 }", "a table of ids and numbers, 0 or more"),
    ("weights", "{ a = inf }", "a table of ids and numbers, 0 or more"),
    ("average_precision", "'line'", "'step' or 'trapezoid'"),
    ("pooling", "'sum'", "'pixels' or 'shares'"),
    ("resize", "[512]", "a list of width and height"),
    ("resize", "[0, 512]", "a list of width and height"),
    ("ranking", '""', "text"),
    ("ranking", "['dice']", "text"),
    ("threshold", "-1", "a whole number from 0 to 254"),
    ("threshold", "255", "a whole number from 0 to 254"),
    ("threshold", "128.0", "a whole number from 0 to 254"),
    ("threshold", "true", "a whole number from 0 to 254"),
    ("threshold", '"128"', "a whole number from 0 to 254"),
    ("jaccard_threshold", "-0.1", "a number from 0 to 1"),
    ("jaccard_threshold", "1.1", "a number from 0 to 1"),
    ("jaccard_threshold", "nan", "a number from 0 to 1"),
    ("jaccard_threshold", "inf", "a number from 0 to 1"),
    ("jaccard_threshold", "true", "a number from 0 to 1"),
    ("jaccard_threshold", '"0.65"', "a number from 0 to 1"),
    ("undefined", "2", "'omit' or a number from 0 to 1"),
    ("undefined", "-1.0", "'omit' or a number from 0 to 1"),
    ("undefined", "nan", "'omit' or a number from 0 to 1"),
    ("undefined", '"leave"', "'omit' or a number from 0 to 1"),
    ("undefined", "false", "'omit' or a number from 0 to 1"),
    ("undefined", "[]", "'omit' or a number from 0 to 1"),
    ("grey", '"accept"', "'refuse' or 'threshold'"),
    ("grey", "['refuse']", "'refuse' or 'threshold'"),
    ("one_region", "1", "true or false"),
    ("one_region", '"true"', "true or false"),
    ("cases", "0", "a whole number above 0"),
    ("cases", "-3", "a whole number above 0"),
    ("cases", "true", "a whole number above 0"),
    ("cases", "1.5", "a whole number above 0"),
    ("splits", "[1]", "a table of names and counts above 0"),
    ("splits", "{ test = 0 }", "a table of names and counts above 0"),
    ("splits", "{ test = true }", "a table of names and counts above 0"),
    ("naming", '"ISIC"', "a table"),
    ("naming.image", "7", "a regular expression"),
    ("naming.image", "''", "a regular expression"),
    ("naming.image", "'['", "a regular expression"),
    ("naming.example", "7", "text"),
    ("naming.suffixes", "'x'", "a list of at least one text"),
    ("naming.suffixes", "[1]", "a list of at least one text"),
    ("naming.suffixes", "[]", "a list of at least one text"),
    ("also_allowed", "'*.pdf'", "a list of texts"),
    ("also_allowed", "[1]", "a list of texts"),
    ("notes", "1", "a list of texts"),
    ("references", "[[]]", "a list of texts"),
]


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_a_good_setting_is_taken(name, value, expected):
    found = getattr(build(f"{AROUND.get(name, '')}{name} = {value}"), name)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("name", "value", "must_be"), BAD)
def test_a_bad_setting_is_named_with_what_it_must_be(name, value, must_be):
    with pytest.raises(IsicevalError) as caught:
        build(f"{name} = {value}")
    message = str(caught.value)
    assert message.startswith(f"my.toml, task mine: {name} = ")
    assert f"is not valid: it must be {must_be}" in message
    assert caught.value.exit_status == 3


def test_every_setting_has_a_good_and_a_bad_value():
    settings = set(Task.__dataclass_fields__) - {"id", "profile", "profiles", "digest"}
    assert {name for name, _, _ in GOOD} == settings
    assert {name.split(".")[0] for name, _, _ in BAD} == settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "kind = 'mask'\nlabels = ['a']",
            "this task is one of one mask per image",
        ),
        ("resize = [4, 4]", "'resize' is a setting for masks with labels"),
        (TABLE + "threshold = 3", "'threshold' is a setting for one mask per image and masks"),
        (TABLE, "a task of tables needs 'labels'"),
        (TABLE + "labels = ['a']", "a task of tables needs 'table'"),
        (TABLE + "labels = ['a']\ntable = {}", "a task of tables needs 'metrics'"),
        (MASKS, "a task of masks with labels needs 'labels'"),
        ("labels = ['a']", "a task of masks with labels needs 'pooling' ('pixels' or 'shares')"),
        (MASKS + "labels = ['a']\npooling = 'mean'", "needs 'pooling' ('pixels' or 'shares')"),
        (TABLE + "labels = ['a', 'a']\nmetrics = ['auc']\ntable = {}", "'a' is there twice"),
        (
            TABLE + "labels = ['weight']\nmetrics = ['auc']\ntable = {}",
            "the label 'weight' is a column of results; choose another name",
        ),
        ("naming = { image = 'IMG[0-9]+' }", "does not begin with naming.image"),
        ("naming = { image = 'x*' }", "does not begin with naming.image"),
        ("naming = { example = 'IMG7.png' }", "naming.example = 'IMG7.png' does not begin"),
        ("ranking = 'dice'\nrankings = ['jaccard']", "ranking = 'dice' is none of its rankings"),
    ],
)
def test_settings_that_do_not_go_together_are_reported(text, words):
    with pytest.raises(IsicevalError, match=re.escape(words)) as caught:
        build(text)
    assert str(caught.value).startswith("my.toml, task mine: ")


def test_the_first_ranking_is_the_default():
    assert build("rankings = ['dice', 'jaccard']").ranking == "dice"


def test_a_misspelt_setting_is_reported():
    with pytest.raises(
        IsicevalError, match=r"unknown setting 'treshold'; did you mean 'threshold'\?"
    ):
        build("treshold = 1")


def test_an_unknown_setting_gets_the_list():
    with pytest.raises(IsicevalError, match="unknown setting 'qqq'; known: title, kind, ranking"):
        build("qqq = 1")


@pytest.mark.parametrize(
    ("text", "kind", "reader"),
    [
        ("", "mask", "masks"),
        ("kind = 'segmentation'", "mask", "masks"),
        ("kind = 'segmentation'\nlabels = ['a']\npooling = 'pixels'", "masks", "masks"),
        ("kind = 'masks'\nlabels = ['a']\npooling = 'pixels'", "masks", "masks"),
        ("kind = 'classification'\nlabels = ['a']\ntable = {}\nmetrics = ['auc']", "table", "csv"),
        (TABLE + "labels = ['a']\ntable = {}\nmetrics = ['auc']", "table", "csv"),
        (
            "kind = 'classification'\nreader = 'superpixels'\nlabels = ['a']",
            "superpixels",
            "superpixels",
        ),
        ("kind = 'superpixels'\nlabels = ['a']", "superpixels", "superpixels"),
    ],
)
def test_the_kind_follows_from_the_settings(text, kind, reader):
    task = build(text)
    assert (task.kind, task.reader) == (kind, reader)


def test_an_unknown_reader_is_reported():
    with pytest.raises(IsicevalError, match="it must be 'csv' or 'superpixels'"):
        build("kind = 'classification'\nreader = 'npy'")


def test_the_old_name_of_a_setting_is_still_read():
    settings = TABLE + "labels = ['a']\nmetrics = ['auc']\ntable = { foretell = true }"
    assert build(settings).table.warn_official


def test_a_misspelt_setting_in_a_table_is_reported():
    with pytest.raises(
        IsicevalError, match=r"unknown setting 'table.heade'; did you mean 'table.header'\?"
    ):
        build(TABLE + "table = { heade = 'none' }")


PROFILES = """
ranking = "dice"
[task.mine.profiles.first]
about = "the first"
[task.mine.profiles.second]
ranking = "accuracy"
undefined = 1.0
"""


def test_the_first_profile_is_the_default():
    task = build(PROFILES)
    assert (task.profile, task.ranking, task.undefined) == ("first", "dice", "omit")
    assert task.profiles == {"first": "the first", "second": ""}


def test_a_profile_lies_over_the_settings():
    task = build(PROFILES, profile="second")
    assert (task.profile, task.ranking, task.undefined) == ("second", "accuracy", 1.0)


def test_the_file_may_choose_its_default_profile():
    assert build(f'profile = "second"{PROFILES}').profile == "second"
    assert build(f'profile = "second"{PROFILES}', profile="first").profile == "first"


@pytest.mark.parametrize("wrong", ["third", ""])
def test_an_unknown_profile_is_an_error_of_the_call(wrong):
    with pytest.raises(UsageError, match=f"no profile '{wrong}'; it has: first, second"):
        build(PROFILES, profile=wrong)
    with pytest.raises(UsageError, match=f"no profile '{wrong}'; it has: default"):
        build(profile=wrong)


@pytest.mark.parametrize("wrong", ["'third'", "7", "[]"])
def test_an_unknown_default_profile_is_an_error_of_the_file(wrong):
    with pytest.raises(IsicevalError, match="has no profile") as caught:
        build(f"profile = {wrong}{PROFILES}")
    assert caught.value.exit_status == 3


def test_without_profiles_the_profile_is_called_default():
    assert build(profile="default").profile == "default"


@pytest.mark.parametrize("profiles", ["3", "[]", "{ a = 1 }"])
def test_profiles_are_a_table_of_tables(profiles):
    with pytest.raises(IsicevalError, match="profiles must be a table of tables"):
        build(f"profiles = {profiles}")


def test_a_setting_in_a_profile_is_checked():
    with pytest.raises(IsicevalError, match="threshold = 999 is not valid"):
        build("[task.mine.profiles.a]\nthreshold = 999")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[task", "my.toml is not a readable TOML file: "),
        (b"\xff\xfe", "my.toml is not a readable TOML file: "),
        (b"", r'my.toml defines no task: it needs a table such as \[task."my-task"\]'),
        (b"task = 3", "my.toml defines no task"),
        (b"[task]", "my.toml defines no task"),
        (b"[task]\ntitle = 'x'", '"title" is in no task; begin with'),
        (b"[task.a]\n[other]", r"unknown table \[other\]; all settings go into"),
        (b'[task."a|b"]', "the name 'a|b' contains"),
        (b'[task."a\\nb"]', "the name .* contains"),
    ],
)
def test_a_file_that_defines_no_task_says_why(content, reason):
    with pytest.raises(IsicevalError, match=reason):
        parse_task_file(content, where="my.toml")


def test_a_byte_order_mark_is_no_matter():
    assert list(parse_task_file(b"\xef\xbb\xbf[task.a]", where="my.toml")) == ["a"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*b",
        "a*a*a*a*b",
        "a?" * 30,
        "(a|b)" * 30,
        r"(a)\1+",
        "a" * 300,
        "x{1,}(y+){9}",
    ],
)
def test_a_pattern_that_could_take_very_long_is_refused(pattern):
    for setting in ("naming = { image = '%s' }", TABLE + "table = { id_pattern = '%s' }"):
        with pytest.raises(IsicevalError, match="repeat no group"):
            build(setting % pattern)


@pytest.mark.parametrize(
    "pattern", [r"[A-Z]+_[0-9]{3,9}", r"(ISIC|HAM)_[0-9]{7}(\.0)?", r"[(*+]\+\(x\)*", "(?:a|b)c?"]
)
def test_an_ordinary_pattern_is_not(pattern):
    assert not is_costly(pattern)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "x = " + "{a=" * 100_000,
        ".".join("a" * 50_000) + " = 1",
        "x = {" + " . ".join("a" * 50_000) + " = 1}",
        "cases = " + "9" * 10_000,
        "cases = " + "9" * 4_000,
        "jaccard_threshold = 1e999",
        "resize = [100000, 100000]",
        "resize = [9999999999999999999999, 2]",
        "naming = { image = 'a{99999999999999999999}' }",
        "naming = { image = '" + "(" * 5000 + ")" * 5000 + "' }",
        "x = 1 #" + "-" * 2_000_000,
    ],
    ids=lambda text: text[:20],
)
def test_a_task_file_of_a_stranger_is_refused_in_a_sentence(text, tmp_path):
    path = tmp_path / "task.toml"
    path.write_text(f"[task.mine]\n{text}\n")
    with pytest.raises(IsicevalError, match=r"task\.toml"):
        find_task(str(path))

"""Groups from the files that were released, each as it stands."""

import csv
import itertools
from pathlib import Path

import pytest

import isiceval
from isiceval.cli.main import main
from isiceval.errors import IsicevalError
from isiceval.sources.sidecars import fold_image, read_groups
from isiceval.tasks.task import find_task

RELEASED = Path(__file__).parents[2] / "fixtures" / "released"
TASKS = {
    "2017": "2017/3",
    "2018": "2018/3",
    "2019": "2019/1",
    "ham10000": "2018/3",
    "ima205-2022": "ima205/2022",
}
CHOICE = "patient_id, not lesion_id (that takes --groups FILE:lesion_id)"
NO_COLUMN = "there is no column 'group' (nor patient_id, patient, lesion_id, lesion), nor a column"

# Of each file the column of ids, the column of groups, and how many groups its images make.
WITH_GROUPS = {
    "2018/ISIC2018_Task3_Training_LesionGroupings.csv": ("image", "lesion_id", 4),
    "ham10000/HAM10000_metadata.csv": ("image_id", "lesion_id", 4),
    "2019/ISIC_2019_Training_Metadata.csv": ("image", "lesion_id", 4),
    "2020/train.csv": ("image_name", "patient_id", 4),
    "2020/ISIC_2020_Training_GroundTruth.csv": ("image_name", "patient_id", 4),
    "2020/ISIC_2020_Training_GroundTruth_v2.csv": ("image_name", CHOICE, 4),
    "2020/test.csv": ("image_name", "patient_id", 5),
    "2020/ISIC_2020_Test_Metadata.csv": ("image", "patient", 5),
    "2024/train-metadata.csv": ("isic_id", CHOICE, 3),
    "2024/test-metadata.csv": ("isic_id", "patient_id", 3),
    "milk10k/MILK10k_Training_Metadata.csv": ("lesion_id", "lesion_id", 6),
    "milk10k/MILK10k_Test_Metadata.csv": ("lesion_id", "lesion_id", 6),
}
WITHOUT = [
    "2017/ISIC-2017_Training_Data_metadata.csv",
    "2017/ISIC-2017_Validation_Data_metadata.csv",
    "2017/ISIC-2017_Test_v2_Data_metadata.csv",
    "2019/ISIC_2019_Test_Metadata.csv",
    "milk10k/MILK10k_Training_Supplement.csv",
    "ima205-2022/metadataTrain.csv",
]
PAIRS = "2020/ISIC_2020_Training_Duplicates.csv"


def find_its_task(name):
    folder = name.partition("/")[0]
    return find_task(TASKS.get(folder, folder))


def read_ids(name, column):
    with (RELEASED / name).open(newline="") as file:
        return sorted({fold_image(row[column]).upper() for row in csv.DictReader(file)})


def score(task, images, groups):
    """Score made answers to a made truth of these images; return how draws were made."""
    several = len(task.labels) > 1
    rows = {}
    for image, n in zip(images, itertools.count()):
        one = [float(k == n % len(task.labels)) for k in range(len(task.labels))]
        rows[image] = one if several else float(n % 2)
    return isiceval.score(task.id, truth=rows, prediction=rows, groups=groups, bootstrap=20)


def test_every_released_file_is_here():
    found = {path.relative_to(RELEASED).as_posix() for path in RELEASED.rglob("*.csv")}
    assert found == {*WITH_GROUPS, *WITHOUT, PAIRS}


@pytest.mark.parametrize("name", WITH_GROUPS)
def test_a_released_file_names_the_groups_as_it_stands(name):
    key, column, n_groups = WITH_GROUPS[name]
    task = find_its_task(name)
    card = score(task, read_ids(name, key), RELEASED / name)
    assert card.bootstrap.n_units == n_groups
    assert card.bootstrap.grouped
    assert card.bootstrap.grouped_by == f"{column} of {Path(name).name}"


@pytest.mark.parametrize("name", WITHOUT)
def test_a_released_file_without_groups_says_what_it_lacks(name):
    with pytest.raises(IsicevalError) as caught:
        read_groups(RELEASED / name, task=find_its_task(name))
    assert str(caught.value).startswith(f"{Path(name).name}, line 1: {NO_COLUMN}")
    assert caught.value.exit_status == 3


def test_pairs_of_duplicates_are_joined_and_others_stand_alone():
    images = [*read_ids("2020/ISIC_2020_Training_GroundTruth_v2.csv", "image_name")]
    card = score(find_task("2020"), images, RELEASED / PAIRS)
    assert (card.bootstrap.n_units, len(images)) == (5, 6)
    assert card.bootstrap.grouped_by == "pairs of ISIC_2020_Training_Duplicates.csv"
    with pytest.raises(IsicevalError, match="it needs one for at least one image of the task"):
        score(find_task("2020"), ["ISIC_0000001", "ISIC_0000002"], RELEASED / PAIRS)


def test_pairs_are_joined_by_what_they_share(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("image_name_1,image_name_2\na,b\nc,d\nb,c\ne,f\nd,a\n")
    group_of = read_groups(path).group_of
    assert {group_of[image] for image in "abcd"} == {"a"}
    assert group_of["e"] == group_of["f"] != "a"


def test_another_column_is_chosen_behind_the_name_of_the_file(tmp_path):
    name = "2020/ISIC_2020_Training_GroundTruth_v2.csv"
    card = score(find_task("2020"), read_ids(name, "image_name"), f"{RELEASED / name}:lesion_id")
    assert card.bootstrap.n_units == 5
    assert card.bootstrap.grouped_by == f"lesion_id of {Path(name).name}"
    path = tmp_path / "own.csv"
    path.write_text("image,group,Hospital\na,p,h\nb,q,h\n")
    assert read_groups(Path(f"{path}:hospital")).group_of == {"a": "h", "b": "h"}
    assert read_groups(Path(f"{path}:hospital")).by == "Hospital"
    with pytest.raises(
        IsicevalError, match="no column 'ward' of groups; found 'image', 'group', 'Hospital'"
    ):
        read_groups(Path(f"{path}:ward"))


@pytest.mark.parametrize("word", ["", "unknown", "NaN", "nan", "N/A", "<NA>", "None"])
def test_an_image_whose_patient_is_not_known_stands_alone(tmp_path, word):
    path = tmp_path / "groups.csv"
    path.write_text(f"isic_id,patient_id\nISIC_1,{word}\nISIC_2,{word}\nISIC_3,p\n")
    assert read_groups(path).group_of == {"ISIC_1": "", "ISIC_2": "", "ISIC_3": "p"}


def test_a_repeated_row_is_fine_and_an_image_of_two_patients_is_not(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("image_name,patient_id\na,p\na,p\nb,q\n")
    assert read_groups(path).group_of == {"a": "p", "b": "q"}
    path.write_text("image_name,patient_id\na,p\nb,q\na,q\n")
    with pytest.raises(IsicevalError, match="line 4: a has two values of group"):
        read_groups(path)


def test_an_image_that_the_file_leaves_out_is_named(tmp_path):
    images = read_ids("2020/train.csv", "image_name")
    with pytest.raises(IsicevalError) as caught:
        score(
            find_task("2020"),
            [*images, "ISIC_0000001", "ISIC_0000002"],
            RELEASED / "2020/train.csv",
        )
    assert str(caught.value) == (
        "train.csv has no line for ISIC_0000001 and 1 more; it needs one for every image of the task"
    )


@pytest.mark.parametrize("groups", [None, "none"])
def test_patients_in_the_truth_are_drawn_whole_unless_refused(tmp_path, groups, capsys):
    truth, sent = tmp_path / "truth.csv", tmp_path / "sent.csv"
    rows = [(f"ISIC_{n:07d}", f"IP_{n // 3}" if n < 9 else "", n % 2) for n in range(12)]
    head = "isic_id,patient_id,target\n"
    truth.write_text(head + "".join(f"{image},{patient},{y}\n" for image, patient, y in rows))
    sent.write_text("isic_id,target\n" + "".join(f"{one[0]},0.{n}\n" for n, one in enumerate(rows)))
    choice = () if groups is None else ("--groups", groups)
    words = ("score", "2024", str(sent), "--truth", str(truth), "--bootstrap", "50", *choice)
    assert main(words) == 0
    output = " ".join(capsys.readouterr().out.split())
    one = isiceval.score("2024", truth=truth, prediction=sent, groups=groups, bootstrap=50)
    assert "patients:3" in one.signature
    plain = isiceval.score("2024", truth=truth, prediction=sent, groups="none", bootstrap=50)
    assert one.aggregates == plain.aggregates
    if groups is None:
        assert one.bootstrap.n_units == 6  # three patients, and three images of nobody known
        assert one.bootstrap.grouped_by == "patient_id of the truth"
        assert "6 groups by patient_id of the truth" in output
        assert one.intervals != plain.intervals
    else:
        assert (one.bootstrap.n_units, one.bootstrap.grouped) == (12, False)
    board = isiceval.rank("2024", truth=truth, submissions=[sent], groups=groups, bootstrap=50)
    assert board.bootstrap == one.bootstrap

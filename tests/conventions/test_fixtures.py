"""The fixtures are what their scripts make."""

import importlib.util
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FIXTURES = Path(__file__).parents[2] / "fixtures"
CHALLENGE = FIXTURES / "challenge"


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, FIXTURES / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.dont_write_bytecode", True)
        patch.setitem(__import__("sys").modules, name, script)
        spec.loader.exec_module(script)
    return script


@pytest.fixture(scope="module")
def script():
    return load_script("make_challenge")


@pytest.fixture(scope="module")
def made(script, tmp_path_factory):
    folder = tmp_path_factory.mktemp("challenge")
    script.write_challenge(folder)
    return folder


def read_tree(folder):
    """Read every file of the challenge but its expected answers, which the script does not make."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named = ((path.relative_to(folder).as_posix(), path.read_bytes()) for path in files)
    return {name: content for name, content in named if not name.startswith("expected/")}


def decode(content):
    """Return the pixels of an image, or the bytes of what is none or cannot be decoded."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("RGB"), dtype=np.int16)
    except (OSError, SyntaxError):
        return content


def unzip(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_made_again_it_has_the_same_files(made):
    assert sorted(read_tree(made)) == sorted(read_tree(CHALLENGE))


def test_made_twice_it_has_the_same_bytes(script, made):
    """The stored files are the first making, unless other encoders are installed now."""
    same_encoders = read_tree(made)["made-with.json"] == read_tree(CHALLENGE)["made-with.json"]
    assert read_tree(made) == (read_tree(CHALLENGE) if same_encoders else script.make_files())


def test_masks_made_again_have_the_same_pixels(made):
    again, stored = read_tree(made), read_tree(CHALLENGE)
    zipped = "submissions/plain-threshold.zip"
    again, stored = again | unzip(again[zipped]), stored | unzip(stored[zipped])
    masks = [name for name in stored if name.endswith("_segmentation.png")]
    whole = [name for name in masks if "broken" not in name]
    assert len(whole) == 12 * 4 + 1
    for name in whole:
        assert np.array_equal(decode(again[name]), decode(stored[name])), name


def test_pictures_made_again_look_the_same(made):
    for path in sorted((CHALLENGE / "images").iterdir()):
        stored = decode(path.read_bytes())
        again = decode((made / "images" / path.name).read_bytes())
        assert again.shape == stored.shape
        assert np.abs(again - stored).mean() < 1


def test_challenge_is_small_and_complete():
    files = read_tree(CHALLENGE)
    assert sum(map(len, files.values())) < 1_000_000
    images = {Path(name).stem for name in files if name.startswith("images/")}
    truth = {Path(name).stem.removesuffix("_segmentation") for name in files if "truth/" in name}
    assert images == truth
    assert len(images) == 12


def test_truth_has_one_region_without_holes_where_the_picture_is_darkest(script):
    for lesion in script.LESIONS:
        path = CHALLENGE / "truth" / f"{lesion.id}_segmentation.png"
        with Image.open(path) as mask, Image.open(CHALLENGE / "images" / f"{lesion.id}.jpg") as jpg:
            assert mask.mode == "L"
            assert mask.size == jpg.size == lesion.size
            truth, picture = np.asarray(mask), np.asarray(jpg.convert("L"))
        assert set(np.unique(truth)) == {0, 255}
        assert np.array_equal(script.keep_largest(truth == 255), truth == 255)
        assert picture[truth == 255].mean() < np.median(picture[truth == 0])


def test_expected_scores_are_what_plain_numpy_answers():
    script = load_script("expect_challenge")
    stored = json.loads((CHALLENGE / "expected" / "scores.json").read_text(encoding="utf-8"))
    for name, expected in script.expect().items():
        assert expected["cases"] == stored[name]["cases"]
        assert expected["aggregates"] == pytest.approx(stored[name]["aggregates"], abs=1e-15)
    assert set(stored) == set(script.SUBMISSIONS)


@pytest.mark.parametrize("name", ["make_challenge", "expect_challenge"])
def test_scripts_do_not_use_isiceval(name):
    text = (FIXTURES / f"{name}.py").read_text(encoding="utf-8")
    assert "import isiceval" not in text
    assert "from isiceval" not in text

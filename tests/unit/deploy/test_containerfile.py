"""The Containerfile keeps what it promises: nobody is root, every library has its hash, nothing secret is inside."""

from __future__ import annotations

import re
import tomllib

import pytest
from deployment import DEPLOY, ROOT, stages

IMAGES = ("pulse", "operaton")


@pytest.mark.parametrize("image", IMAGES)
def test_the_image_runs_as_nobody_special(image: str) -> None:
    users = [line.value for line in stages()[image] if line.word == "USER"]
    assert users == ["10001:10001"]
    words = [line.word for line in stages()[image]]
    assert "RUN" not in words[words.index("USER") :]


@pytest.mark.parametrize("image", IMAGES)
def test_the_image_knows_when_it_is_ill(image: str) -> None:
    assert [line.word for line in stages()[image]].count("HEALTHCHECK") == 1


def installs(program: str) -> list[str]:
    values = [line.value for lines in stages().values() for line in lines if " install " in line.value]
    return [value for value in values if re.search(rf"\b(?:{program})\b", value)]


def test_every_library_is_installed_by_its_hash() -> None:
    (install,) = installs("pip|uv|npm")
    assert "--require-hashes" in install


def test_of_the_distribution_only_tesseract_and_its_languages_are_installed() -> None:
    (install,) = installs("apt|apt-get")
    words = install.partition(" install ")[2].partition("&&")[0].replace("\\", " ").split()
    packages = {word for word in words if not word.startswith("--")}
    assert packages == {"tesseract-ocr", *(f"tesseract-ocr-{language}" for language in ("deu", "fra", "ita", "eng"))}


def test_nothing_is_fetched_from_an_address() -> None:
    for lines in stages().values():
        for line in lines:
            assert line.word != "ADD"
            assert not re.search(r"https?://(?!127\.0\.0\.1)|\bcurl\b|\bwget\b", line.value)


def test_base_images_are_plain_names() -> None:
    arguments = [line.value.partition("=")[2] for line in stages()[""] if line.word == "ARG"]
    assert len(arguments) == 3
    assert all(re.fullmatch(r"[a-z-]+:[\w.-]+", image) for image in arguments)
    for name in (name for name in stages() if name):
        assert re.fullmatch(rf"\$\{{\w+\}} AS {name}", stages()[name][0].value)


def test_no_secret_is_built_in() -> None:
    for lines in stages().values():
        for line in lines:
            if line.word in ("ENV", "ARG"):
                assert not re.search(r"(?i)(password|secret|token|key)\w*=", line.value)


def test_all_of_pulse_and_nothing_else_is_in_the_image() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = [line.value.split()[0] for line in stages()["pulse"] if line.word == "COPY" and "--from" not in line.value]
    assert sorted(copied) == sorted(packages["packages"])
    sources = [line.value.split()[0] for lines in stages().values() for line in lines if line.word == "COPY"]
    assert all((ROOT / source).exists() for source in sources if not source.startswith("--from"))


def test_only_what_is_copied_is_sent_to_the_builder() -> None:
    copied = {line.value.split()[0] for lines in stages().values() for line in lines if line.word == "COPY"}
    sent = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert sent[0] == "*"
    assert {line[1:] for line in sent if line.startswith("!")} == {c for c in copied if not c.startswith("--from")}


def _locked(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE))


def test_the_image_has_the_versions_that_the_tests_ran_with() -> None:
    image = _locked((DEPLOY / "requirements.lock").read_text("utf-8"))
    assert image.items() <= _locked((ROOT / "requirements.lock").read_text("utf-8")).items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    names = {re.split(r"[\[<>=~! ]", line)[0].replace(".", "-").lower() for line in wanted}
    assert names <= image.keys()
    assert not image.keys() & {"pytest", "mypy", "ruff", "playwright"}

"""The Maven project `deploy/engines`, built once for each kind, version and content into a folder that can be run."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

from pulse.engine.java.errors import BuildFailed, ToolMissing

Kind = Literal["operaton", "camunda"]
KINDS: tuple[Kind, ...] = ("operaton", "camunda")
TITLES: Mapping[Kind, str] = {"operaton": "Operaton", "camunda": "Camunda"}

#: In a checkout, and where a wheel puts it.
_PROJECTS = (
    Path(__file__).resolve().parents[3] / "deploy" / "engines",
    Path(sysconfig.get_path("data")) / "share" / "pulse" / "engines",
)
_PARTS = ("pom.xml", "src", "missing-parents")
_BUILD_WITHIN_S = 900
_INSTALL = {
    "java": "install a Java 17 or newer (Debian: openjdk-17-jdk-headless)",
    "mvn": "install Maven 3.6.3 or newer (Debian: maven) and a JDK 17 or newer",
}


@dataclass(frozen=True, kw_only=True)
class Build:
    """An engine that can be started: `engine.jar` and the libraries beside it."""

    kind: Kind
    folder: Path
    java: str

    def class_path(self, *, spin: bool = True) -> list[Path]:
        """All jars; without those of Spin, the engine knows no variables of the types Json and Xml."""
        libraries = sorted((self.folder / "lib").glob("*.jar"))
        return [self.folder / "engine.jar", *(jar for jar in libraries if spin or "-spin" not in jar.name)]


def build(
    kind: Kind,
    folder: Path,
    *,
    properties: Mapping[str, str] | None = None,
    report: Callable[[str], None] = lambda _line: None,
) -> Build:
    """The engine out of `folder`, built there first if it is not there; a second caller waits for the first.

    `properties` go to Maven: `{"engine.version": "1.0.4"}`. Raises `ToolMissing` or `BuildFailed`.
    """
    project, properties = _project(), properties or {}
    java = _tool("java")
    version = properties.get("engine.version") or _default_version(project / "pom.xml", kind)
    built = folder / f"{kind}-{version}-{_fingerprint(project, properties)}"
    if not built.is_dir():
        maven = _tool("mvn")
        with _alone(folder):
            if not built.is_dir():
                report(f"Building {TITLES[kind]} {version}, once. Maven may fetch about 110 MB.")
                _make(project, built, [maven, *_arguments(kind, properties)], java)
    return Build(kind=kind, folder=built, java=java)


def _project() -> Path:
    for folder in _PROJECTS:
        if (folder / "pom.xml").is_file():
            return folder
    raise BuildFailed(f"the Maven project of the engines is missing: looked for {_PROJECTS[0]} and {_PROJECTS[1]}")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ToolMissing(f"`{name}` is not on the PATH: {_INSTALL[name]}")
    return found


def _default_version(pom: Path, kind: Kind) -> str:
    space = "{http://maven.apache.org/POM/4.0.0}"
    root = ET.parse(pom).getroot()  # noqa: S314  our own file
    for profile in root.iter(f"{space}profile"):
        if profile.findtext(f"{space}id") == kind:
            root = profile
    return root.findtext(f"{space}properties/{space}engine.version", "")


def _fingerprint(project: Path, properties: Mapping[str, str]) -> str:
    digest = hashlib.sha256(repr(sorted(properties.items())).encode())
    for part in _PARTS:
        files = (project / part).rglob("*") if (project / part).is_dir() else [project / part]
        for path in sorted(path for path in files if path.is_file()):
            digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One builder at a time; the lock ends with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _arguments(kind: Kind, properties: Mapping[str, str]) -> list[str]:
    profile = ["-P", kind] if kind != "operaton" else []
    defined = [f"-D{name}={value}" for name, value in properties.items()]
    return ["--batch-mode", "--quiet", "-Dstyle.color=never", *profile, *defined, "package"]


def _make(project: Path, built: Path, maven: list[str], java: str) -> None:
    with tempfile.TemporaryDirectory(prefix="building-", dir=built.parent) as name:
        work = Path(name)
        for part in _PARTS:
            copy = shutil.copytree if (project / part).is_dir() else shutil.copyfile
            copy(project / part, work / part)
        _run(maven, work)
        # unpacked, it starts in two thirds of the time
        _run([java, "-Djarmode=tools", "-jar", "target/engine.jar", "extract", "--destination", "unpacked"], work)
        (work / "unpacked").rename(built)


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603  our own command line
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_BUILD_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        raise BuildFailed(f"the build took longer than {_BUILD_WITHIN_S} s") from None
    if done.returncode != 0:
        last = "\n".join(done.stdout.strip().splitlines()[-15:])
        raise BuildFailed(f"the build failed, and {Path(command[0]).name} said:\n{last}")

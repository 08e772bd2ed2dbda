"""What `deploy/` holds for containers: its files, read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
KUBERNETES = DEPLOY / "kubernetes"
CONTAINERFILE = DEPLOY / "Containerfile"


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Containerfile, its lines joined."""

    word: str
    value: str


def compose() -> dict[str, Any]:
    """The compose file, its merges done."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return found


def manifests() -> list[dict[str, Any]]:
    """All Kubernetes objects, in the order in which kustomize lists their files."""
    files = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]
    return [thing for file in files for thing in yaml.safe_load_all((KUBERNETES / file).read_text("utf-8"))]


def pods() -> dict[str, dict[str, Any]]:
    """Pod templates by the name of what makes them."""
    return {
        thing["metadata"]["name"]: thing["spec"]["template"]
        for thing in manifests()
        if "template" in thing.get("spec", {})
    }


def stages() -> dict[str, list[Instruction]]:
    """The Containerfile's stages by name; what stands before the first one is under the empty name."""
    text = re.sub(r"^\s*#.*\n", "", CONTAINERFILE.read_text("utf-8"), flags=re.MULTILINE)
    found: dict[str, list[Instruction]] = {"": []}
    name = ""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if not line.strip():
            continue
        word, _, value = line.strip().partition(" ")
        if word == "FROM":
            name = value.rpartition(" AS ")[2]
            found[name] = []
        found[name].append(Instruction(word, value.strip()))
    return found

"""Language models by short names: which repository, which licence, how its chats end, how much memory it takes."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

_FULL_COMMIT = r"^[0-9a-f]{40}$"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Family(_Strict):
    """Models whose chats look alike. `stop`: tokens that end a turn; `thinking`: the chat template has a switch
    `enable_thinking`, which is turned off."""

    stop: tuple[str, ...]
    thinking: bool


class Preset(_Strict):
    """A known model. `memory_gib` in bfloat16; `gated`: whoever downloads it first agrees to terms; `revision`: a full
    commit, or None: then the insurer pins one."""

    name: str
    repository: str
    family: str
    licence: str
    memory_gib: int = Field(gt=0)
    gated: bool = False
    revision: str | None = Field(None, pattern=_FULL_COMMIT)
    note: str

    @property
    def stop(self) -> tuple[str, ...]:
        return _families()[self.family].stop

    @property
    def thinking(self) -> bool:
        return _families()[self.family].thinking


def find(name: str) -> Preset | None:
    """The preset of this short name, or of the repository that it stands for."""
    return next((preset for preset in presets() if name in (preset.name, preset.repository)), None)


@cache
def presets() -> tuple[Preset, ...]:
    """All of them, in the file's order."""
    return tuple(Preset(name=name, **values) for name, values in _file()["presets"].items())


@cache
def _families() -> dict[str, Family]:
    return {name: Family(**values) for name, values in _file()["families"].items()}


@cache
def _file() -> dict[str, dict[str, dict[str, object]]]:
    return tomllib.loads(files("letters").joinpath("presets.toml").read_text(encoding="utf-8"))

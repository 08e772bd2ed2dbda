"""The packages that tests/npm names, installed once for each state of its lock; JavaScript runs beside them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NPM = ROOT / "tests" / "npm"
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


def packages(npm: str) -> Path:
    """The folder that holds `node_modules`. RuntimeError with npm's words if they cannot be installed."""
    digest = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = ROOT / "var" / f"npm-{digest}"
    if not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
            fresh = Path(beside) / "npm"
            fresh.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(NPM / name, fresh)
            done = subprocess.run([npm, *_INSTALL], cwd=fresh, capture_output=True, text=True, timeout=170, check=False)
            if done.returncode:
                raise RuntimeError(f"npm ci fails: {done.stderr[-500:]}")
            try:
                fresh.rename(folder)
            except OSError:  # another process was faster; its folder stays
                if not folder.is_dir():
                    raise
    return folder


def beside_packages(npm: str, script: Path) -> Path:
    """A copy of the script where node finds the packages; several processes may make it at once."""
    folder = packages(npm)
    copy = folder / f".{script.name}.{os.getpid()}"
    shutil.copy(script, copy)
    return copy.rename(folder / script.name)

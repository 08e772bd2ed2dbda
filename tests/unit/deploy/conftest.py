from __future__ import annotations

import sys
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
sys.path.insert(0, str(DEPLOY))

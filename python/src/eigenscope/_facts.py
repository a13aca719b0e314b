"""What this package knows of the command: its options, its columns, the colours of phases.

facts.json is written from the command's own definitions, and a test of the project compares the two
(test/python/facts.test.ts). So this package has no list of its own that could become wrong.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict

with open(os.path.join(os.path.dirname(__file__), "facts.json"), encoding="utf-8") as _file:
    _FACTS: Dict[str, Any] = json.load(_file)

#: Command -> option as Python spells it -> {flag, takes ("nothing", "value" or "maybe a value"), repeats}.
COMMANDS: Dict[str, Dict[str, Dict[str, Any]]] = _FACTS["commands"]
#: Column of a layer -> {type ("number", "string", "boolean" or "other"), weightwatcher (true: its name and value)}.
COLUMNS: Dict[str, Dict[str, Any]] = _FACTS["columns"]
#: Phase -> colour of its marks.
PHASES: Dict[str, str] = _FACTS["phases"]
#: The colour of a layer without a phase.
NO_PHASE: str = _FACTS["noPhase"]

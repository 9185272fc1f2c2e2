"""Every reason that the code can give has its words in both languages, and a row in the documentation."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import egress.errors
from connectors import errors
from resolvers.outcomes import REASONS

ROOT = Path(__file__).parents[2]
NAMES = {name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, errors.SourceError)}


def _reasons_raised() -> set[str]:
    found: set[str] = set()
    for path in [*(ROOT / "connectors").rglob("*.py"), *(ROOT / "resolvers").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", None) in NAMES and call.args:
                found |= {each.value for each in ast.walk(call.args[0]) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return found | set(egress.errors._NEXT)


def test_every_reason_has_words_in_both_languages() -> None:
    raised = _reasons_raised()
    assert {"timeout", "html", "statement_timeout", "loop"} <= raised
    assert raised - set(REASONS) == set()
    assert all(label.zh and label.en and label.zh != label.en for label in REASONS.values())


def test_every_reason_is_documented_with_its_words() -> None:
    documented = (ROOT / "docs" / "errors.md").read_text("utf-8")
    assert [reason for reason, label in REASONS.items() if f"| `{reason}` | {label.zh} | {label.en} |" not in documented] == []

"""Logs: lines for people, or one JSON object a line for machines; docs/operations.md lists the fields."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Literal

import orjson

from transport.requests import REQUEST_ID

CHATTY = ("alembic", "uvicorn.error")


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, process, request and message, with `error` where an exception is told."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if (request := REQUEST_ID.get()) is not None:
            told["request"] = request
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        told.update(getattr(record, "fields", {}))
        return orjson.dumps(told, default=str).decode()


def log_to_terminal(form: Literal["text", "json"] = "text") -> None:
    """Write logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    lines = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else lines)
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # One line for each operation is for machines; people have the metrics.
    logging.getLogger("huiju.operations").setLevel(logging.INFO if form == "json" else logging.WARNING)

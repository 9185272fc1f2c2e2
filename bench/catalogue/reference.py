"""The reference: SQLite FTS5 over the same words of the same records, asked the same questions for its best twenty."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from bench.catalogue.generator import Drawn
from store.search.normal import normal
from store.search.segmentation import ask, index_words
from store.search.view import Question


class Reference:
    """An FTS5 table with title, keywords and summary, and what is filtered by beside it."""

    def __init__(self, path: Path, items: Iterable[tuple[int, Drawn]]) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("CREATE VIRTUAL TABLE words USING fts5(title, keywords, summary, tokenize='unicode61')")
        self._connection.execute("CREATE TABLE held (number INTEGER PRIMARY KEY, public INTEGER, kind TEXT, province TEXT)")
        with self._connection:
            for number, item in items:
                native = item.native
                texts = (native["title"], " ".join(native["keywords"]), native["summary"] or "")
                cut = [" ".join(index_words(normal(text))) for text in texts]
                self._connection.execute("INSERT INTO words (rowid, title, keywords, summary) VALUES (?, ?, ?, ?)", (number, *cut))
                row = (number, native["visibility"] == "public", native["kind"], native["province"])
                self._connection.execute("INSERT INTO held VALUES (?, ?, ?, ?)", row)
        self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")

    def ask(self, question: Question) -> list[int]:
        """The numbers of the best twenty, and the count, as the index tells both."""
        match = " ".join(f'"{word.text}"' for word in ask(question.text or "").words)
        conditions = ["words MATCH ?"]
        values: list[object] = [match]
        if question.keys == {"pub"}:
            conditions.append("public")
        for column, asked in (("kind", question.wanted.kinds), ("province", question.wanted.provinces)):
            if asked is not None:
                conditions.append(f"{column} = ?")
                values.append(asked[0])
        where = f"FROM words JOIN held ON held.number = words.rowid WHERE {' AND '.join(conditions)}"
        self._connection.execute(f"SELECT count(*) {where}", values).fetchone()
        best = f"SELECT words.rowid {where} ORDER BY bm25(words, 3.0, 2.0, 1.0) LIMIT 20"
        return [row[0] for row in self._connection.execute(best, values)]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

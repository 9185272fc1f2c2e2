"""A backup of a running server, restored into an empty place, answers as the server did."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

PAGE = """query($after: String) {
  search(first: 20, orderBy: TITLE, after: $after, filter: { sources: ["national-portal", "zhejiang"] }) {
    totalCount nodes { id title source { name } } pageInfo { endCursor }
  }
}"""


def test_a_backup_restored_elsewhere_answers_the_same_and_knows_its_cursors(run_demo: Any, tmp_path: Path) -> None:
    before, backup, after = tmp_path / "before", tmp_path / "backup", tmp_path / "after"
    backup.mkdir()
    with run_demo(before) as product:
        first = product.data(PAGE)["search"]
        second = product.data(PAGE, {"after": first["pageInfo"]["endCursor"]})["search"]
        with closing(sqlite3.connect(before / "catalog.sqlite3")) as store:
            store.execute("VACUUM INTO ?", (str(backup / "catalog.sqlite3"),))
        shutil.copy2(before / "secret.key", backup)
    shutil.rmtree(before)
    shutil.copytree(backup, after)
    with run_demo(after) as product:
        assert product.data(PAGE)["search"]["nodes"] == first["nodes"]
        assert product.data(PAGE)["search"]["totalCount"] == first["totalCount"]
        assert product.data(PAGE, {"after": first["pageInfo"]["endCursor"]})["search"]["nodes"] == second["nodes"]

"""A GraphQL source: a schema that is checked and executed by graphql-core, behind a real server."""

from __future__ import annotations

from typing import Any

from graphql import build_schema, graphql_sync, parse, validate

from tests.connectors.loopback import DEFINITION, Answer, Asked

SDL = """
scalar BigInt
scalar Cursor
enum Order { UPDATED_DESC ID_ASC }
input Span { from: String, to: String }
input Where { types: [String!], school: String, span: Span, score: Float, live: Boolean, longest: Int }
interface Node { id: ID! }
type School { code: String! name: String! }
type Tag { name: String! weight: Int }
type Resource implements Node {
  id: ID! title: String abstract: String school: School tags: [Tag!]! type: String size: BigInt updatedAt: String broken: String
}
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Edge { cursor: Cursor node: Resource }
type Connection { edges: [Edge] nodes: [Resource] pageInfo: PageInfo! totalCount: BigInt }
type Rows { rows: [Resource] total: String }
type Query {
  resources(first: Int!, after: Cursor, where: Where, scopes: [String!]!, order: Order, keyword: String): Connection
  list(limit: Int, offset: Int): Rows
  plain(limit: Int, offset: Int): [Resource!]
  all: [Resource]
  nodes(ids: [ID!]!, scopes: [String!]): [Node]!
  some(keys: [BigInt!]!): Connection
  resource(id: ID!, scopes: [String!]): Resource
  part(bucket: String!, no: BigInt!): Resource
}
"""

HEAD = DEFINITION.format(connector="graphql") + '[connection]\nurl = "{url}/graphql"\n'
MAPPING = """
title = "title"
summary = "abstract"
keywords = "tags[].name"
institution = "school.code"
institution_name = "school.name"
kind = "type"
size_bytes = "size"
updated_at = "updatedAt"
"""


def definition(section: str, identifier: str = '"id"', mapping: str = MAPPING, max_batch: int = 10) -> str:
    return f"{HEAD}[resources]\nidentifier = {identifier}\nmax_batch = {max_batch}\n{section}\n[resources.mapping]\n{mapping}\n"


def rows_of(count: int) -> list[dict[str, Any]]:
    school = {"code": "4144010001", "name": "示例学院"}
    return [
        {"__typename": "Resource", "id": str(2**60 + number), "title": f"资源 {number}", "school": school, "tags": [], "size": str(2**70)}
        for number in range(count)
    ]


class Library:
    """Answers documents over `rows`; `seen` are the documents and their variables, `told` what the resolvers were given."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.seen: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.schema = build_schema(SDL)

    def __call__(self, asked: Asked) -> Answer:
        self.seen.append(asked.json)
        query, variables = asked.json["query"], asked.json["variables"]
        problems = validate(self.schema, parse(query))
        if problems:
            return Answer({"errors": [each.formatted for each in problems]}, 400)
        result = graphql_sync(self.schema, query, root_value=self, variable_values=variables)
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [each.formatted for each in result.errors]
        return Answer(body)

    def resources(self, _info: Any, first: int, after: str | None = None, **told: Any) -> Any:
        self.told.append({"first": first, "after": after, **told})
        start = self._start(after)
        rows = self.rows[start : start + first]
        edges = [{"cursor": f"c{start + number + 1}", "node": row} for number, row in enumerate(rows)]
        page = {"hasNextPage": start + len(rows) < len(self.rows), "endCursor": edges[-1]["cursor"] if edges else None}
        return {"edges": edges, "nodes": rows, "pageInfo": page, "totalCount": str(len(self.rows))}

    def _start(self, after: str | None) -> int:
        if after is None:
            return 0
        if not after.startswith("c"):
            raise ValueError("invalid cursor")
        return int(after[1:])

    def list(self, _info: Any, limit: int, offset: int) -> Any:
        return {"rows": self.rows[offset : offset + limit], "total": str(len(self.rows))}

    def plain(self, _info: Any, limit: int, offset: int) -> Any:
        return self.rows[offset : offset + min(4, limit)]

    def all(self, _info: Any) -> Any:
        return self.rows

    def nodes(self, _info: Any, ids: Any, **told: Any) -> Any:
        self.told.append({"ids": ids, **told})
        return [next((row for row in self.rows if row["id"] == each), None) for each in ids]

    def some(self, _info: Any, keys: Any) -> Any:
        return {"nodes": self.nodes(_info, keys)}

    def resource(self, _info: Any, id: str, **told: Any) -> Any:  # noqa: A002 - the name of the argument
        self.told.append({"id": id, **told})
        found = next((row for row in self.rows if row["id"] == id), None)
        if isinstance(found, dict) and isinstance(found.get("raises"), Exception):
            raise found["raises"]
        return found

    def part(self, _info: Any, bucket: str, no: str) -> Any:
        return {"id": no, "type": bucket, "tags": []} if bucket == "a" else None

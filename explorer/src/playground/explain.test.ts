import { describe, expect, it } from "vitest";

import { nullsOf, outcomesOf } from "./explain";

describe("outcomes", () => {
  const one = { source: { name: "zhejiang" }, status: "OK", count: 2, asOf: "2026-11-24T08:00:00Z" };

  it("are taken from the data where the query asked", () => {
    const found = outcomesOf({ data: { search: { outcomes: [one] } } });
    expect(found.asked).toBe(true);
    expect(found.told).toEqual([{ source: "zhejiang", status: "OK", message: null, asOf: "2026-11-24T08:00:00Z", count: 2, milliseconds: null }]);
  });

  it("count as asked for where none of those asked for came", () => {
    expect(outcomesOf({ data: { search: { outcomes: [] } } })).toEqual({ told: [], asked: true });
  });

  it("are taken from the extensions where it did not", () => {
    const late = { source: "guangdong", status: "TIMEOUT", code: "SOURCE_TIMEOUT", message: "late", asOf: null, retryable: true };
    const found = outcomesOf({ data: { search: { nodes: [] } }, extensions: { outcomes: [late] } });
    expect(found.asked).toBe(false);
    expect(found.told.map((each) => [each.source, each.status, each.message])).toEqual([["guangdong", "TIMEOUT", "late"]]);
  });

  it("are told once for each source, and nothing is made of what is no outcome", () => {
    const again = { source: "zhejiang", status: "STALE", code: null, message: "old", asOf: null, retryable: false };
    const found = outcomesOf({ data: { outcomes: [one, 7, null, { status: "OK" }] }, extensions: { outcomes: [again] } });
    expect(found.told.map((each) => each.status)).toEqual(["OK"]);
  });
});

describe("a null", () => {
  it("of many items is told once, with how often", () => {
    const found = nullsOf({ data: { search: { nodes: [{ summary: null }, { summary: "x" }, { summary: null }] } } });
    expect(found).toEqual([{ path: "search.nodes[].summary", count: 2, reason: { kind: "silent" } }]);
  });

  it("of an outcome needs no explanation", () => {
    expect(nullsOf({ data: { search: { outcomes: [{ asOf: null, source: { name: "a" } }] } } })).toEqual([]);
  });

  it("is explained by the scope that it needs", () => {
    const error = { message: "…", path: ["source", "endpoint"], extensions: { code: "FORBIDDEN", scope: "sources:read" } };
    expect(nullsOf({ data: { source: { endpoint: null } }, errors: [error] })[0]?.reason).toEqual({ kind: "scope", scope: "sources:read" });
  });

  it("is explained by the error at its place", () => {
    const error = { message: "the source is late", path: ["resource"], extensions: { code: "SOURCE_TIMEOUT", docs: "/docs/errors#source_timeout" } };
    expect(nullsOf({ data: { resource: null }, errors: [error] })[0]?.reason).toEqual({ kind: "error", message: "the source is late", docs: "/docs/errors#source_timeout" });
  });

  it("of a record is explained by what became of its source", () => {
    const late = { source: "guangdong", status: "TIMEOUT", code: "SOURCE_TIMEOUT", message: "did not answer in time", asOf: null, retryable: true };
    const nodes = [{ title: "a", library: null, source: { name: "guangdong" } }, { title: "b", summary: null, source: { name: "zhejiang" } }];
    expect(nullsOf({ data: { search: { nodes } }, extensions: { outcomes: [late] } }).map((each) => each.reason)).toEqual([
      { kind: "source", source: "guangdong", message: "did not answer in time" },
      { kind: "silent" },
    ]);
  });

  it("where nobody is signed in is that, and a last page needs no explanation", () => {
    expect(nullsOf({ data: { viewer: null, search: { pageInfo: { endCursor: null }, didYouMean: null } } })).toEqual([
      { path: "viewer", count: 1, reason: { kind: "anonymous" } },
    ]);
  });
});

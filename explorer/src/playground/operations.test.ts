import { describe, expect, it } from "vitest";

import { nameIn } from "./operations";

describe("the name of an operation", () => {
  it.each([
    ["query A { a } query B { b }", "B", "B"],
    ["query New { a }", "Old", undefined],
    ["{ a }", undefined, undefined],
    ["fragment F on Query { a } query Q { ...F }", "F", undefined],
    ["query A {", "A", undefined],
  ])("of %j, if it is %j, is sent as %j", (query, name, sent) => {
    expect(nameIn(query, name)).toBe(sent);
  });
});

import { readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";

import { EXAMPLES, readExample } from "./examples";

const SCHEMA = buildSchema(readFileSync("../schema/schema.graphql", "utf-8"));

describe("an example", () => {
  it.each(EXAMPLES.map((each) => [each.name, each] as const))("%s is valid under the published schema", (_, example) => {
    expect(validate(SCHEMA, parse(example.query))).toEqual([]);
  });

  it("without its texts is refused", () => {
    expect(() => readExample("x", "{ a }")).toThrow("zh");
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { en } from "./en";
import { zh } from "./zh";

const PLACES = /\{\w+\}/g;

describe("the texts", () => {
  it("have the same names in both languages", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  it.each(Object.keys(zh) as (keyof typeof zh)[])("%s has the same places in both", (name) => {
    expect((en[name].match(PLACES) ?? []).sort()).toEqual((zh[name].match(PLACES) ?? []).sort());
  });

  it("are all used", () => {
    const code = readdirSync("src", { recursive: true, encoding: "utf-8" })
      .filter((name) => /\.tsx?$/.test(name) && !/^(texts|api.generated)/.test(name) && !name.endsWith(".test.ts"))
      .map((name) => readFileSync(join("src", name), "utf-8"))
      .join("\n");
    const unused = Object.keys(zh).filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
    expect(unused).toEqual([]);
  });
});

import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { snippet, TARGETS } from "./snippets";

const QUESTION = { query: 'query Q($t: String) {\n  search(text: $t) { nodes { title } } # "引号" \'单\' \\ """\n}', variables: { t: "数控\n'x' \"y\" \\" } };

describe("a snippet", () => {
  it.each(TARGETS)("for %s names the endpoint and holds no token", (target) => {
    const text = snippet(target, "https://huiju.example", QUESTION);
    expect(text).toContain("https://huiju.example/graphql");
    expect(text).not.toMatch(/Bearer [A-Za-z0-9]/);
  });

  it("for Python sends exactly the question", () => {
    const text = snippet("python", "https://huiju.example", QUESTION);
    const body = text.slice(0, text.indexOf("headers ="));
    const sent = execFileSync("python3", ["-c", `${body}\nprint(json.dumps(body))`], { encoding: "utf-8" });
    expect(JSON.parse(sent)).toEqual(QUESTION);
  });

  it("for curl sends exactly the question", () => {
    const text = snippet("curl", "https://huiju.example", QUESTION);
    const sent = execFileSync("bash", ["-c", text.replace(/^curl .*\\\n.*\\\n\s+--data-binary @-/, "cat")], { encoding: "utf-8" });
    expect(JSON.parse(sent)).toEqual(QUESTION);
  });
});

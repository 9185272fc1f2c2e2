import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { chinese } from "./chinese";
import { PATTERNS, WORDS } from "./labels";

const PACKAGES = ["graphiql", "@graphiql/react", "@graphiql/plugin-doc-explorer", "@graphiql/plugin-explorer", "@graphiql/plugin-history", "graphiql-explorer"];
const CODE = PACKAGES.map((name) => join("node_modules", name, "dist"))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf-8" }).filter((name) => name.endsWith(".js")).map((name) => readFileSync(join(folder, name), "utf-8")))
  .join("\n");
// Put together at run time: `${isHidden ? "Show" : "Hide"} editor tools`, `capitalize(operationType) + ' Name'`.
const COMPOSED = ["Show editor tools", "Hide editor tools", "Query Name", "Mutation Name", "Fragment Name", "close icon"];

describe("GraphiQL's labels", () => {
  it.each(Object.keys(WORDS).filter((each) => !COMPOSED.includes(each)))("%s is still one", (label) => {
    expect([`"${label}"`, `'${label}'`].some((literal) => CODE.includes(literal))).toBe(true);
  });

  it("are Chinese in Chinese", () => {
    for (const said of [...Object.values(WORDS), ...PATTERNS.map(([, written]) => written)]) expect(said).toMatch(/[\u4e00-\u9fff]/);
  });

  it.each([
    ["Execute query (Ctrl-Enter)", "运行查询（Ctrl-Enter）"],
    ["Show Documentation Explorer", "显示文档"],
    ["Hide 示例", "隐藏示例"],
    ["Go back to Docs", "返回“文档”"],
    ["Search ResourceConnection...", "在“ResourceConnection”中搜索…"],
    [" or ", " 或 "],
  ])("%s becomes %s", (label, said) => {
    expect(chinese(label)).toBe(said);
  });

  it.each(["Resource", "Show withdrawn resources again (恢复), as their sources have them now.", "constructor", "示例", ""])("and nothing else does: %j", (text) => {
    expect(chinese(text)).toBeNull();
  });
});

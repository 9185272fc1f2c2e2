// In Chinese no English label of GraphiQL is left on any of its screens.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { launch, open, settled } from "./opening";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** What stays as it is: names of the schema and of products, keys, and words of GraphQL itself. */
const NAMES = ".monaco-editor, .pane, .strip, [class*=type-name], [class*=field-name], [class*=argument-name], [class*=-search-], [class*=markdown], .graphiql-tab-button";
const KEPT = /\b(Ctrl|Alt|Shift|Enter|GraphQL|Graph|QL|Monaco|VS Code|macOS|Windows|[Qq]uery|[Mm]utation|NewestTextbooks|search|Int|String|ID)\b/g;

async function english(page: Page): Promise<string[]> {
  const texts = await page.evaluate((names) => {
    const found = new Set<string>();
    for (const root of document.querySelectorAll(".graphiql-container, .graphiql-dialog, .graphiql-tooltip")) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
      for (let node: Node | null = root; node; node = walker.nextNode()) {
        const element = node instanceof Element ? node : node.parentElement;
        // The rows of the field explorer are names and descriptions of the schema; an icon is named by its button.
        if (!element || element.closest(`${names}, svg, .graphiql-explorer-root [class^="graphiql-explorer-"]`)) continue;
        if (node instanceof Text) found.add(element.closest(".graphiql-history-item-label") ? "" : node.data);
        else for (const name of ["aria-label", "title", "placeholder", "alt"]) found.add(element.getAttribute(name) ?? "");
      }
    }
    return [...found];
  }, NAMES);
  return texts.filter((text) => /[A-Za-z]{2,}/.test(text.replace(KEPT, "")));
}

it("GraphiQL speaks Chinese on every screen, as it opens", async () => {
  const { page, complaints } = await open(browser);
  const side = page.locator(".graphiql-sidebar button");
  const look = async () => expect(await english(page)).toEqual([]);
  await settled(page);
  await page.locator(".graphiql-execute-button").click();
  await page.locator(".strip .actual").waitFor();
  await page.getByRole("button", { name: "收起变量" }).click();
  await page.getByRole("button", { name: "展开变量" }).waitFor();
  await page.locator(".graphiql-execute-button").hover();
  await page.locator(".graphiql-tooltip").waitFor();
  await look();

  await page.getByRole("button", { name: "显示文档" }).click();
  await page.locator(".graphiql-doc-explorer").waitFor();
  await look();
  await page.locator(".graphiql-doc-explorer a", { hasText: "Query" }).first().click();
  await page.getByLabel("返回“文档”").waitFor();
  await look();
  await page.locator(".graphiql-doc-explorer a", { hasText: "search" }).first().click();
  await page.getByText("参数").waitFor();
  await look();

  for (const [name, part] of [["显示字段浏览", ".graphiql-explorer-root"], ["显示历史", ".graphiql-history-item"]] as const) {
    await page.getByRole("button", { name }).click();
    await page.locator(part).first().waitFor();
    await look();
  }
  await page.locator(".graphiql-history-item").first().hover();
  await page.getByRole("button", { name: "修改名称" }).click();
  await page.getByPlaceholder("输入名称").waitFor();
  await look();

  for (const [name, words] of [["快捷键", "搜索文档"], ["设置", "清除本机保存的内容"]] as const) {
    await side.and(page.getByRole("button", { name })).click();
    await page.locator(".graphiql-dialog").getByText(words).first().waitFor();
    await look();
    await page.keyboard.press("Escape");
  }
  expect(complaints).toEqual([]);
  await page.context().close();
});

it("and English again when the language is changed", async () => {
  const { page } = await open(browser);
  await settled(page);
  await page.getByRole("button", { name: "运行查询" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("button", { name: "Execute query" }).waitFor();
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.getByText("Root Types").waitFor();
  await page.context().close();
});

// The first five minutes, as docs/explorer.md tells them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { answerText, launch, open, settled, signIn } from "./opening";

const run = promisify(execFile);

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

it.each([
  ["en", { example: "Search by words", explained: "The answer explained", take: "Take it home", copy: "Copy" }],
  ["zh", { example: "全文检索", explained: "答复说明", take: "带走", copy: "复制" }],
] as const)("lead a stranger to a useful query of their own (%s)", async (lang, words) => {
  const { page, complaints } = await open(browser, { lang });
  const press = () => page.locator(".graphiql-execute-button").click();
  // The editor draws only the lines in sight: what was answered is read where it comes in.
  let total = 0;
  page.on("response", async (reply) => {
    const answer = reply.url().endsWith("/graphql") ? await reply.text().catch(() => "") : "";
    total = Number(/"totalCount":(\d+)/.exec(answer)?.[1] ?? total);
  });
  /** Waits for an answer in which `totalCount` is not `other`, and gives it. */
  const counted = async (other: number) => {
    await expect.poll(() => total).not.toBe(other);
    return total;
  };
  await settled(page);

  await press();
  await expect.poll(() => page.locator(".strip").innerText()).toContain("zhejiang");
  const textbooks = await counted(0);

  await page.locator(".cards button", { hasText: words.example }).first().click();
  const variable = page.locator(".graphiql-editor-tool .view-line", { hasText: "数控" });
  await variable.waitFor();
  await variable.click();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  for (let left = "数控 编程".length; left > 0; left -= 1) await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.insertText("护理");
  await page.keyboard.press("Control+Enter");
  const found = await counted(textbooks);
  expect(await answerText(page)).toContain("护理");

  await page.locator(".graphiql-query-editor .view-line span", { hasText: /^title$/ }).last().click();
  await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.type(" publ", { delay: 20 });
  await page.locator(".suggest-widget.visible .monaco-list-row", { hasText: "published" }).waitFor();
  await page.keyboard.press("Enter");
  await press();
  await expect.poll(() => answerText(page)).toContain('"published"');

  await page.locator(".graphiql-query-editor .view-line", { hasText: "search(" }).locator("span", { hasText: "$text" }).last().click();
  await page.keyboard.press("Control+ArrowRight");
  await page.keyboard.insertText(", filter: { tiers: [PROVINCIAL] }");
  await press();
  const narrowed = await counted(found);
  expect(narrowed).toBeLessThan(found);

  await page.getByRole("button", { name: words.explained }).click();
  await expect.poll(() => page.locator(".waterfall").innerText()).toContain("guangdong");

  await signIn(page, "teacher");
  await settled(page);
  await press();
  expect(await counted(narrowed)).toBeGreaterThan(narrowed);

  await page.getByRole("button", { name: words.take }).click();
  await page.getByRole("button", { name: "Python" }).click();
  await page.getByRole("button", { name: words.copy, exact: true }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("PROVINCIAL");
  const { stdout } = await run("python3", ["-c", await page.evaluate(() => navigator.clipboard.readText())], { timeout: 20_000 });
  expect(stdout).toContain(`"totalCount": ${narrowed}`);
  expect(complaints).toEqual([]);
  await page.context().close();
});

// The editor as a person uses it: by hand, by key alone, without the server, and with what it gives to take away.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { answerText, launch, open, settled, tabled, write } from "./opening";

const run = promisify(execFile);
const query = (page: Page) => page.locator(".graphiql-query-editor .view-lines").first().innerText();

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("the editor", () => {
  it("proposes fields with their descriptions, and puts the chosen one in", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await write(page, "");
    await page.keyboard.type("{ resourceByI", { delay: 20 });
    const proposed = page.locator(".suggest-widget.visible .monaco-list-row");
    await proposed.filter({ hasText: "resourceByIdentifier" }).waitFor();
    await page.keyboard.press("Control+Space");
    await expect.poll(() => page.locator(".suggest-details").innerText()).toContain("its native key there");
    await page.keyboard.press("Enter");
    await expect.poll(() => query(page)).toContain("resourceByIdentifier");
    await page.context().close();
  });

  it("tells what a deprecated field is replaced by", async () => {
    const { page } = await open(browser, { lang: "en", hash: "#/sources" });
    await page.route("**/schema.graphql", async (route) => {
      const sdl = await (await route.fetch()).text();
      await route.fulfill({ body: `${sdl} extend type Query { allResources: Int @deprecated(reason: "Use \`search\`.") }` });
    });
    await page.getByRole("link", { name: "Query", exact: true }).click();
    await settled(page);
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    const search = page.locator(".graphiql-doc-explorer-search input");
    await search.fill("identif");
    await page.getByRole("option", { name: "Query.resourceByIdentifier" }).click();
    await page.getByText("A resource by the name of its source").waitFor();
    await page.getByLabel("Go back to Docs").click();
    await page.locator(".graphiql-doc-explorer a", { hasText: "Query" }).first().click();
    await page.getByRole("button", { name: "Show Deprecated Fields" }).click();
    await page.getByText("allResources").waitFor();
    expect(await page.locator(".graphiql-doc-explorer").innerText()).toContain("Use search.");
    await page.context().close();
  });

  it("is used by key alone: find an example, open it, run it, leave the editor, read who answered", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    const focused = () => page.evaluate(() => (document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "").replaceAll("\u00a0", " "));
    const tabTo = async (name: string, most = 40) => {
      for (let step = 0; step < most && !(await focused()).includes(name); step += 1) await page.keyboard.press("Tab");
      expect(await focused()).toContain(name);
    };
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await tabTo("Find an example");
    await page.keyboard.type("suggestions");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => query(page)).toContain("Suggest");
    await tabTo("query Suggest"); // the editor's frame: Enter goes in
    await page.keyboard.press("Enter");
    await expect.poll(focused).toBe("Editor content");
    await page.keyboard.press("Control+Enter");
    expect(await answerText(page)).toContain('"suggest"');
    await page.keyboard.press("Control+M"); // from here on Tab leaves the editor
    await tabTo("Execute query", 1);
    await page.context().close();
  });
});

describe("without the server", () => {
  it("the editor says so, keeps the query, and goes on when it is back", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await write(page, "query Kept { __typename }");
    await page.context().setOffline(true);
    await page.locator(".graphiql-execute-button").click();
    await expect.poll(() => answerText(page)).toContain("The server cannot be reached");
    await page.context().setOffline(false);
    expect(await query(page)).toContain("Kept");
    await page.locator(".graphiql-execute-button").click();
    await expect.poll(() => answerText(page)).toContain('"__typename": "Query"');
    await page.context().close();
  });

  it("the sources page says so, and shows them when it is back", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    // The part of the page itself is there: what is not is the answer.
    await page.route("**/graphql", (route) => route.abort());
    await page.getByRole("link", { name: "Sources", exact: true }).click();
    await page.getByText("The server cannot be reached").waitFor();
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Try again" }).click();
    await tabled(page);
    await page.context().close();
  });
});

describe("what is taken home", () => {
  const PROGRAMS = { curl: ["bash", "query.sh"], TypeScript: ["node", "query.mjs"], Python: ["python3", "query.py"] } as const;

  it.each(Object.entries(PROGRAMS))("as %s runs as it is", async (name, [program, file]) => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await page.getByPlaceholder("Find an example").fill("Search by words");
    await page.locator(".cards button").first().click();
    await expect.poll(() => query(page)).toContain("TextSearch");
    await page.getByRole("button", { name: "Take it home" }).click();
    await page.getByRole("button", { name, exact: true }).click();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await expect.poll(() => page.getByRole("status").innerText()).toBe("Copied");
    const folder = mkdtempSync(join(tmpdir(), "huiju-"));
    writeFileSync(join(folder, file), await page.evaluate(() => navigator.clipboard.readText()));
    const { stdout } = await run(program, [file], { cwd: folder, timeout: 20_000 });
    expect(stdout).toContain("数控");
    await page.context().close();
  });

  it("is what stands in the editor now", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await page.getByRole("button", { name: "Take it home" }).click();
    await write(page, "query JustTyped { __typename }");
    await expect.poll(() => page.locator(".pane pre").innerText()).toContain("JustTyped");
    await page.context().close();
  });
});

describe("a hostile title", () => {
  it("stays text in the answer, in the reasons and in the list of who answered", async () => {
    const { page, complaints } = await open(browser, { lang: "en" });
    await settled(page);
    const hostile = "<img src=x onerror=document.title='owned'>\u202Elive\u202C javascript:alert(1)";
    const outcome = { source: hostile, status: "TIMEOUT", code: null, message: hostile, asOf: null, retryable: true };
    const error = { message: hostile, path: ["viewer"], extensions: { code: "INTERNAL", docs: "javascript:alert(1)" } };
    await page.route("**/graphql", (route) => route.fulfill({ json: { data: { viewer: null, title: hostile }, errors: [error], extensions: { outcomes: [outcome] } } }));
    await page.locator(".graphiql-execute-button").click();
    await page.getByRole("button", { name: "The answer explained" }).click();
    await page.locator(".pane .outcomes").waitFor();
    expect(await answerText(page)).toContain("<img src=x");
    expect(await page.locator(".pane .untrusted").first().innerText()).toContain("<img src=x");
    expect(await page.locator("img[src=x], a[href^=javascript]").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

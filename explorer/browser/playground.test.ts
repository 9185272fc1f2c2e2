import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { answerText, launch, open, seriousFaults, SERVER, settled, signIn, tabled, write } from "./opening";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe("the playground", () => {
  it("loads from this origin alone, without a complaint, in less than 1.7 MB", async () => {
    const { page, complaints, wire } = await open(browser);
    await settled(page);
    expect(complaints).toEqual([]);
    expect(await wire()).toBeLessThan(1_700_000);
    await page.close();
  });

  it("runs the first query by key, and says who answered", async () => {
    const { page, complaints } = await open(browser);
    await settled(page);
    await page.locator(".graphiql-query-editor .view-lines").first().click();
    await page.keyboard.press("Control+Enter");
    expect(await answerText(page)).toContain('"data"');
    await expect.poll(() => page.locator(".strip").innerText()).toContain("zhejiang");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("opens an example with its variables, runs it by button, and explains the answer", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await page.getByPlaceholder("Find an example").fill("major");
    await page.locator(".cards button").first().click();
    await expect.poll(() => page.locator(".graphiql-query-editor").innerText()).toContain("ByMajor");
    await page.locator(".graphiql-execute-button").click();
    expect(await answerText(page)).toContain('"search"');
    await page.getByRole("button", { name: "The answer explained" }).click();
    await expect.poll(() => page.locator(".pane").innerText()).toContain("Why is this null");
    await page.close();
  });

  it("tells the cost before and after, and a refusal before anything is run", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await expect.poll(() => page.locator(".strip").innerText()).toMatch(/estimated cost \d+ of 5000/);
    await page.locator(".graphiql-execute-button").click();
    await expect.poll(() => page.locator(".strip").innerText()).toMatch(/actual cost \d+ · \d+ ms · [\d.]+ k?B/);
    await write(page, "query Dear { institutions(first: 100) { nodes { resources(first: 100) { nodes { id } } } } }");
    await expect.poll(() => page.locator(".strip").innerText(), { timeout: 10_000 }).toContain("passes the limit cost");
    await page.close();
  });

  it("shares a query that does not run by itself", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await page.getByRole("button", { name: "Take it home" }).click();
    await page.getByRole("button", { name: "Copy a share link" }).click();
    await expect.poll(() => page.getByRole("status").innerText()).toBe("Copied");
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const asked: string[] = [];
    // What only asks for the cost runs nothing.
    page.on("request", (request) => request.headers()["huiju-cost"] ?? asked.push(request.postData() ?? ""));
    await page.goto("about:blank");
    await page.goto(link);
    await settled(page);
    await page.getByText("This query came by a share link").waitFor();
    expect(await page.locator(".graphiql-query-editor").innerText()).toContain("NewestTextbooks");
    expect(asked.filter((body) => body.includes("NewestTextbooks"))).toEqual([]);
    expect(page.url()).not.toContain("#/q/");
    await page.close();
  });

  it.each([
    ["zh", "light"],
    ["en", "dark"],
  ] as const)("has no serious fault of accessibility (%s, %s)", async (lang, theme) => {
    const { page } = await open(browser, { lang, theme });
    await settled(page);
    expect(await seriousFaults(page)).toEqual([]);
    await page.close();
  });
});

describe("the sources page", () => {
  it("comes without the editor, and shows every source", async () => {
    const { page, complaints, wire } = await open(browser, { hash: "#/sources" });
    await tabled(page);
    expect(await page.locator("tbody code").allInnerTexts()).toEqual(expect.arrayContaining(["national-portal", "zhejiang", "guangdong", "hangzhou-school"]));
    expect(complaints).toEqual([]);
    expect(await wire()).toBeLessThan(150_000);
    expect(await seriousFaults(page)).toEqual([]);
    await page.close();
  });

  it("is filtered and sorted, and says what to do when nothing is left", async () => {
    const { page } = await open(browser, { hash: "#/sources", lang: "en" });
    await tabled(page);
    await page.getByLabel("Tier").selectOption("SCHOOL");
    await expect.poll(() => page.locator("tbody tr").count()).toBeLessThan(4);
    await page.getByPlaceholder("Filter by name or title").fill("nothing has this name");
    await page.getByRole("button", { name: "Clear the filters" }).click();
    await page.getByRole("button", { name: "Source", exact: true }).click();
    await expect.poll(() => page.locator("th[aria-sort]").innerText()).toContain("Source");
    await page.close();
  });

  it("tells the health of each source, and opens its past", async () => {
    const { page, complaints } = await open(browser, { hash: "#/sources", lang: "en" });
    await page.getByRole("button", { name: "History zhejiang" }).click();
    await expect.poll(() => page.locator(".past li").count()).toBeGreaterThan(0);
    expect(await page.locator(".past").innerText()).toContain("requests");
    expect(await page.locator("tbody").innerText()).toContain("up");
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("keeps language and theme", async () => {
    const { page } = await open(browser, { hash: "#/sources", lang: "zh" });
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "Dark theme" }).click();
    await page.reload();
    await expect.poll(() => page.locator("h1").innerText()).toBe("Sources");
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
    await page.close();
  });
});

describe("signing in", () => {
  const COUNT = "{ search { totalCount } viewer { name } }";

  async function count(page: Page): Promise<number> {
    return page.evaluate(async (query) => {
      const reply = await fetch("/graphql", {
        method: "POST",
        headers: { "content-type": "application/json", "huiju-csrf": "1" },
        body: JSON.stringify({ query }),
      });
      const answer = (await reply.json()) as { data: { search: { totalCount: number } } };
      return answer.data.search.totalCount;
    }, COUNT);
  }

  it("shows each person other rows, and what they may ask", async () => {
    const counts: number[] = [];
    for (const name of [null, "student", "teacher", "province_admin_44"]) {
      const { page } = await open(browser, { hash: "#/sources", lang: "en" });
      await tabled(page);
      if (name) {
        await signIn(page, name);
        await page.locator(".session summary").click();
        expect(await page.locator(".session .card").innerText()).toContain("resources:read");
      }
      counts.push(await count(page));
      await page.context().close();
    }
    expect(new Set(counts).size).toBe(4);
    expect(Math.min(...counts)).toBe(counts[0]);
  });

  it("ends in the middle of the work, and the query stays", async () => {
    const { page } = await open(browser, { lang: "en" });
    await settled(page);
    await signIn(page, "student");
    await settled(page);
    await write(page, "query Unfinished { viewer { name } }");
    await page.context().addCookies([{ name: "huiju_session", value: "ended", url: SERVER }]);
    await page.locator(".graphiql-execute-button").click();
    expect(await answerText(page)).toContain("UNAUTHENTICATED");
    await page.locator("header").getByRole("link", { name: "Sign in" }).waitFor();
    await signIn(page, "teacher");
    await settled(page);
    await expect.poll(() => page.locator(".graphiql-query-editor").innerText()).toContain("Unfinished");
    await page.locator(".graphiql-execute-button").click();
    expect(await answerText(page)).toContain("示例教师");
    await page.context().close();
  });

  it("and out again forgets the queries of this computer, and nothing else", async () => {
    const { page } = await open(browser, { lang: "en", theme: "dark" });
    await settled(page);
    await signIn(page, "student");
    await settled(page);
    await page.getByRole("button", { name: "Light theme" }).click();
    await page.locator(".session summary").click();
    await page.getByRole("link", { name: "Sign out" }).click();
    await page.waitForURL(/\/oauth\/logout/);
    const left = await page.evaluate(() => Object.keys(localStorage));
    expect(left.filter((key) => key.startsWith("graphiql:"))).toEqual([]);
    expect(left).toContain("huiju:theme");
    await page.context().close();
  });
});

describe("a hostile title", () => {
  const TITLES = ["<img src=x onerror=document.title='owned'>", "javascript:alert(1)", "\u202Eevil\u202C", "长".repeat(10_000)];

  it("stays text in the answer and in the table", async () => {
    const { page, complaints } = await open(browser, { lang: "en", hash: "#/sources" });
    await page.route("**/graphql", async (route) => {
      const nodes = TITLES.map((title, at) => ({ id: `s${at}`, name: `s${at}`, title, tier: "SCHOOL", connector: "REST", mode: "LIVE", stale: false, recordCount: null, province: null, lastHarvest: null, health: { state: "UNKNOWN", breaker: null, latencyP50: null, errorRate: null, lastFailure: null } }));
      await route.fulfill({ json: { data: { sources: { nodes, pageInfo: { hasNextPage: false, endCursor: null } }, viewer: null } } });
    });
    await page.reload();
    await expect.poll(() => page.locator("tbody tr").count()).toBe(TITLES.length);
    expect(await page.locator("tbody img").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(complaints.filter((each) => !each.startsWith("failed"))).toEqual([]);
    await page.close();
  });
});

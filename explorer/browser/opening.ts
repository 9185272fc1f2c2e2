// A page of the explorer in Chromium, with everything noted that a quiet page does not do.
import axeCore from "axe-core";
import { chromium, type Browser, type Page, type Request } from "playwright-core";

export const SERVER = process.env.HUIJU_URL ?? "http://127.0.0.1:8000";

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function launch(): Promise<Browser> {
  // Chromium's sandbox refuses root, which is what a CI runs as.
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...QUIET, ...asRoot] });
}

export interface Opened {
  page: Page;
  /** Console errors, failed requests and requests that leave the origin. */
  complaints: string[];
  /** Bytes of every response as they came over the wire. */
  wire: () => Promise<number>;
}

export interface Wishes {
  hash?: string;
  lang?: "zh" | "en";
  theme?: "light" | "dark";
  width?: number;
}

export async function open(browser: Browser, { hash = "", lang = "zh", theme = "light", width = 1280 }: Wishes = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, locale: lang === "zh" ? "zh-CN" : "en-GB", colorScheme: theme });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const complaints: string[] = [];
  const finished: Request[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`page: ${error.message}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(SERVER) && !request.url().startsWith("data:")) complaints.push(`left the origin: ${request.url()}`);
  });
  page.on("requestfinished", (request) => finished.push(request));
  await page.goto(`${SERVER}/explorer/${hash}`);
  const wire = async () => {
    const sizes = await Promise.all(finished.map((request) => request.sizes()));
    return sizes.reduce((sum, each) => sum + each.responseBodySize, 0);
  };
  return { page, complaints, wire };
}

/** Wait until the editor can be typed into. */
export async function settled(page: Page): Promise<void> {
  await page.locator(".graphiql-query-editor .view-lines").first().waitFor();
  await page.locator(".graphiql-execute-button").waitFor();
}

/** Wait until the table of sources is there. A server that was too busy to answer in time is asked again, as a person would. */
export async function tabled(page: Page): Promise<void> {
  const row = page.locator("tbody tr").first();
  const again = page.getByRole("button", { name: /^(Try again|重试)$/ });
  for (let tries = 0; tries < 5; tries += 1) {
    await row.or(again).first().waitFor();
    if (await row.isVisible()) return;
    await again.click();
  }
  throw new Error(await page.locator("main").innerText());
}

/** Put `query` into the editor, as a person pastes over what is there: what is typed gets closing brackets of the editor's own. */
export async function write(page: Page, query: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), query);
  await page.locator(".graphiql-query-editor .view-lines").first().click();
  await page.keyboard.press("Control+A");
  await page.keyboard.press(query ? "Control+V" : "Delete");
}

/** The answer as it is shown, its lines taken together: the editor breaks them where it likes. */
export async function answerText(page: Page): Promise<string> {
  await page.locator(".strip .actual").waitFor();
  const read = () => [...document.querySelectorAll(".graphiql-response .view-line")].map((line) => line.textContent).join(" ").replace(/\s+/g, " ");
  await page.waitForFunction(read); // the editor draws its lines a moment later
  return page.evaluate(read);
}

/** Sign in by the link of the header, and come back. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.locator("header").getByRole("link", { name: /^(Sign in|登录)$/ }).click();
  await page.locator("[name=username]").fill(name);
  await page.locator("[name=password]").fill("huiju-demo");
  await page.keyboard.press("Enter");
  await page.locator(".session summary").waitFor();
}

/** What axe-core finds serious or critical. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axeCore.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof axeCore };
    // The markup of Monaco's editors and of GraphiQL's tabs (a button inside a tab) is not ours to mend.
    const found = await axe.run({ exclude: [[".monaco-editor"], [".graphiql-tab"]] });
    return found.violations.filter((each) => each.impact === "serious" || each.impact === "critical").map((each) => `${each.id}: ${each.nodes[0]?.html}`);
  });
}

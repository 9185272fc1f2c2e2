// make screenshots: the pictures of the documents, taken from a server that runs (HUIJU_URL).
import { chromium } from "playwright-core";

const SERVER = process.env.HUIJU_URL ?? "http://127.0.0.1:8000";
const PICTURES = new URL("../docs/pictures/", import.meta.url).pathname;
const TEXTS = {
  en: { explained: "The answer explained", name: "explorer.png" },
  zh: { explained: "答复说明", name: "explorer.zh-CN.png" },
};

const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--disable-gpu", ...asRoot] });
for (const [lang, { explained, name }] of Object.entries(TEXTS)) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 820 }, locale: lang === "zh" ? "zh-CN" : "en-GB", colorScheme: "light" });
  const page = await context.newPage();
  await page.goto(`${SERVER}/explorer/`);
  await page.locator(".graphiql-execute-button").click();
  await page.locator(".strip .actual").waitFor();
  await page.getByRole("button", { name: explained }).click();
  await page.locator(".waterfall").waitFor();
  await page.mouse.move(700, 600);
  await page.waitForTimeout(500);
  await page.screenshot({ path: PICTURES + name });
  console.log(`docs/pictures/${name}`);
}
await browser.close();

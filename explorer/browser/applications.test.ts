import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { launch, open, seriousFaults, signIn } from "./opening";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const LONG = "浙江省职业教育数字教学资源综合服务与学习成果认定转换平台（示例）移动端与小程序联合登录应用程序第一期工程";

async function openAs(name: string | null, theme: "light" | "dark" = "light") {
  const opened = await open(browser, { hash: "#/applications", lang: "en", theme });
  if (name) await signIn(opened.page, name);
  return opened;
}

async function register(page: Page, name: string, kind: string): Promise<void> {
  await page.getByRole("button", { name: "Register an application" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("radio", { name: kind }).check();
  await page.getByLabel("Redirect addresses").fill("https://portal.example.cn/back");
  await page.getByRole("checkbox", { name: /statistics:read/ }).check();
  await page.getByRole("button", { name: "Register", exact: true }).click();
}

describe("my applications", () => {
  it("ask a stranger to sign in, and come back to the page", async () => {
    const { page, complaints } = await openAs(null);
    await page.locator("main").getByRole("link", { name: "Sign in" }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await signIn(page, "developer");
    await page.getByRole("button", { name: "Register an application" }).waitFor();
    expect(page.url()).toContain("#/applications");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("tell somebody without the scope which one it is", async () => {
    const { page } = await openAs("student");
    await expect.poll(() => page.locator("main").innerText()).toContain("clients:write");
    await page.context().close();
  });

  it("come without the editor, and say so where they cannot be reached", async () => {
    const { page, wire } = await openAs("developer");
    await page.getByRole("button", { name: "Register an application" }).waitFor();
    expect(await wire()).toBeLessThan(150_000);
    await page.route("**/graphql", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").waitFor();
    await page.unroute("**/graphql");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("button", { name: "Register an application" }).waitFor();
    await page.context().close();
  });

  it("are registered, shown their secret once, renewed and revoked, all by keyboard where it matters", async () => {
    const { page, complaints } = await openAs("developer");
    await register(page, LONG, "Application with a server");
    const panel = page.getByRole("region", { name: "New secret" });
    await panel.waitFor();
    expect(await panel.evaluate((each) => each === document.activeElement)).toBe(true);
    const secret = await panel.locator("code").innerText();
    await page.getByRole("button", { name: "Copy the secret" }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    const item = page.locator(".application").filter({ hasText: LONG }).first();
    expect(await item.innerText()).toContain("Waits for approval");
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(await seriousFaults(page)).toEqual([]);

    await item.getByRole("button", { name: "Renew the secret" }).click();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await item.getByRole("button", { name: "Renew the secret" }).click();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Renew the secret" }).click();
    await expect.poll(() => panel.locator("code").innerText()).not.toBe(secret);
    await expect.poll(() => item.innerText()).toContain("the old secret is good until");
    await page.getByRole("button", { name: "I have kept it" }).click();
    expect(await panel.count()).toBe(0);
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.body.innerHTML]))).not.toContain(secret);

    await item.getByRole("button", { name: "Revoke" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => item.getAttribute("data-state")).toBe("REVOKED");
    expect(await item.getByRole("button", { name: "Revoke" }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("keep what was typed when an address is refused, and when the session ends", async () => {
    const { page } = await openAs("developer", "dark");
    await page.getByRole("button", { name: "Register an application" }).click();
    await page.getByLabel("Name", { exact: true }).fill("<img src=x onerror=document.title='owned'>");
    await page.getByLabel("Redirect addresses").fill("javascript:alert(1)");
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await expect.poll(() => page.getByRole("alert").innerText()).toContain("https");
    expect(await page.getByLabel("Redirect addresses").getAttribute("aria-invalid")).toBe("true");
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel("Redirect addresses").fill("https://a.example/back");
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await expect.poll(() => page.getByRole("alert").innerText()).toContain("sign in");
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toContain("<img");
    expect(await page.title()).not.toBe("owned");
    await page.context().close();
  });
});

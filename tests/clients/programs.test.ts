// The clients without a page: shell, TypeScript, Python, a mini-program.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createServer } from "vite";
import { describe, expect, inject, it, vi } from "vitest";

import { under } from "./between";
import { BUILD, PAGE, snippets } from "./page";

const ADDRESS = inject("address");
const PYTHON = new URL("../../.venv/bin/python", import.meta.url).pathname;
const run = promisify(execFile);

const shell = (name: string) => run("bash", ["-euo", "pipefail", name], { cwd: join(BUILD, "curl"), timeout: 20_000 });
const answerOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as { data: { search: { nodes: unknown[]; complete: boolean; totalCount: number } }; extensions?: { outcomes: { source: string }[] } };

describe("the page", () => {
  it("and its Chinese counterpart hold the same files", () => {
    const chinese = readFileSync(PAGE.replace(".md", ".zh-CN.md"), "utf-8");
    expect([...snippets(chinese).keys()]).toEqual([...snippets(readFileSync(PAGE, "utf-8")).keys()]);
  });
});

describe("curl", () => {
  it("asks, and is told who is missing", async () => {
    expect(answerOf(await shell("ask.sh")).data.search).toMatchObject({ complete: true, nodes: { length: 3 } });
    const partial = answerOf(await under(ADDRESS, "guangdong=down", () => shell("ask.sh")));
    expect(partial.data.search).toMatchObject({ complete: false, nodes: { length: 3 } });
    expect(partial.extensions?.outcomes.map((each) => each.source)).toEqual(["guangdong"]);
  });

  it("asks again by the tag, and keeps what it has", async () => {
    expect((await shell("again.sh")).stdout).toBe("304\n");
    expect(readFileSync(join(BUILD, "curl/libraries.json"), "utf-8")).toContain('"libraries"');
  });

  it("asks as a service", async () => {
    expect(answerOf(await shell("as-a-service.sh")).data.search.totalCount).toBeGreaterThan(1000);
  });
});

describe("TypeScript with fetch", () => {
  it("walks all pages, and tells who was missing on the way", async () => {
    const { textbooks } = await import("./build/fetch/textbooks");
    const whole = await textbooks();
    expect(whole.found.size).toBeGreaterThan(150);
    expect(whole.missing.size).toBe(0);
    const partial = await under(ADDRESS, "guangdong=down", textbooks);
    expect(partial.found.size).toBeGreaterThan(100);
    expect([...partial.missing.keys()]).toEqual(["guangdong"]);
  });

  it("tries again what may pass, and no more than three times", async () => {
    const { ask } = await import("./build/fetch/ask");
    const replies = [new Response("", { status: 503 }), new Response('{"data": {}}', { status: 200 })];
    const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async () => replies.shift() ?? new Response("", { status: 503, headers: { "retry-after": "0" } }));
    vi.spyOn(Math, "random").mockReturnValue(0);
    expect(await ask("{ a }")).toEqual({ data: {} });
    await expect(ask("{ a }")).rejects.toThrow("HTTP 503");
    expect(fetched).toHaveBeenCalledTimes(5);
    vi.restoreAllMocks();
  });

  it("tells a mistake of the caller", async () => {
    const { ask } = await import("./build/fetch/ask");
    const { data, errors } = await ask("{ nothing }");
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  it("is passed on by a development server", async () => {
    const vite = await createServer({ configFile: join(BUILD, "fetch/vite.config.ts"), logLevel: "silent", server: { port: 0, host: "127.0.0.1" } });
    await vite.listen();
    const reply = await fetch(`${vite.resolvedUrls?.local[0]}graphql?query={__typename}`);
    expect(await reply.json()).toEqual({ data: { __typename: "Query" } });
    await vite.close();
  });
});

describe("typed documents", () => {
  it("ask, and say that something is missing", async () => {
    const { forMajor } = await import("./build/typed/major");
    expect(await forMajor("460103")).toMatch(/and \d+ more$/);
    expect(await under(ADDRESS, "guangdong=down", () => forMajor("460103"))).toMatch(/more, without guangdong$/);
  });
});

describe("Python with gql", () => {
  it("walks all pages, and tells who was missing on the way", async () => {
    const walk = () => run(PYTHON, [join(BUILD, "python/walk.py")], { timeout: 25_000 });
    expect((await walk()).stdout).toMatch(/^\d+ textbooks\n$/);
    expect((await under(ADDRESS, "guangdong=down", walk)).stdout).toMatch(/^\d+ textbooks\nmissing: guangdong /);
  });
});

describe("a WeChat mini-program", () => {
  interface Started {
    data: { titles: unknown[]; missing: { source: string }[]; more: boolean; trouble: string };
    onLoad: () => Promise<void>;
    onReachBottom: () => Promise<void>;
  }

  /** WeChat's side: `Page` keeps the page, `wx.request` asks over HTTP with what it is given. */
  async function start(): Promise<Started> {
    let page: Started | undefined;
    vi.stubGlobal("Page", (given: Started) => {
      page = Object.assign(given, { setData: (more: object) => Object.assign(given.data, more) });
    });
    vi.stubGlobal("wx", {
      request: ({ url, method, header, data, success, fail }: WechatMiniprogram.RequestOption) => {
        fetch(url, { method: method ?? "GET", headers: header as Record<string, string>, body: JSON.stringify(data) })
          .then(async (reply) => success?.({ data: await reply.json(), statusCode: reply.status } as never))
          .catch((failure: Error) => fail?.({ errMsg: `request:fail ${failure.message}` } as never));
      },
    });
    vi.resetModules();
    await import("./build/miniprogram/page");
    if (!page) throw new Error("the file made no page");
    return page;
  }

  it("shows a page and the next, without one title twice", async () => {
    const page = await start();
    await page.onLoad();
    await page.onReachBottom();
    expect(page.data).toMatchObject({ titles: { length: 20 }, missing: [], more: true, trouble: "" });
    expect(new Set(page.data.titles.map((each) => JSON.stringify(each))).size).toBe(20);
  });

  it("shows what there is when a source is down, and says which", async () => {
    const page = await start();
    await under(ADDRESS, "guangdong=down", () => page.onLoad());
    expect(page.data.titles).toHaveLength(10);
    expect(page.data.missing.map((each) => each.source)).toEqual(["guangdong"]);
  });
});

import { describe, expect, it } from "vitest";

import { zh } from "../texts/zh";
import { cameOf, linesOf } from "./doing";
import { pageOf } from "./loading";

const REFUSED = { code: "REDIRECT_URIS" as const, field: "redirectUris", zh: "返回地址应为…", en: "addresses are…" };

describe("what came of it", () => {
  it("is the application, with a secret where there is a new one", () => {
    expect(cameOf({ done: { client: { id: "c-1" }, secret: "s", userErrors: [] } }, "zh", zh)).toEqual({ client: "c-1", secret: "s" });
    expect(cameOf({ done: { client: { id: "c-1" }, userErrors: [] } }, "zh", zh)).toEqual({ client: "c-1", secret: null });
  });

  it("is a refusal at its field, in the language of the page", () => {
    expect(cameOf({ done: { userErrors: [REFUSED, { ...REFUSED, zh: "第二条" }] } }, "zh", zh)).toEqual({ refused: { redirectUris: "返回地址应为…" } });
    expect(cameOf({ done: { userErrors: [{ ...REFUSED, field: null }] } }, "en", zh)).toEqual({ refused: { "": "addresses are…" } });
    expect(cameOf({ done: { userErrors: [{ ...REFUSED, field: "__proto__" }] } }, "en", zh)).toEqual({ refused: { "": "addresses are…" } });
  });

  it("is never nothing", () => {
    expect(cameOf({ done: null }, "zh", zh)).toEqual({ refused: { "": zh.offline } });
  });
});

describe("the list", () => {
  const page = { nodes: [], pageInfo: { hasNextPage: true, endCursor: "x" } };

  it.each([
    ["signedOut", { data: { viewer: null, scopes: [] } }],
    ["signedOut", { errors: [{ message: "ended", extensions: { code: "UNAUTHENTICATED" } }] }],
    ["noScope", { data: { viewer: { scopes: ["openid"], clients: null }, scopes: [] }, errors: [{ message: "…", extensions: { code: "FORBIDDEN" } }] }],
    ["failed", { errors: [{ message: "offline" }] }],
    ["page", { data: { viewer: { scopes: ["clients:write"], clients: page }, scopes: [] } }],
  ])("is %s", (kind, answer) => {
    expect(pageOf(answer).kind).toBe(kind);
  });
});

it("reads addresses line by line, each once", () => {
  expect(linesOf(" https://a.example/ \n\nhttps://b.example/\nhttps://a.example/")).toEqual(["https://a.example/", "https://b.example/"]);
});

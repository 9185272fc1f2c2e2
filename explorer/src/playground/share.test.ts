import { describe, expect, it } from "vitest";

import { sharedQuery, shareLink } from "./share";

describe("a share link", () => {
  it("gives the query back, Chinese and all", async () => {
    const query = '{ search(text: "数控车床") { nodes { title } } } # 中文';
    const link = await shareLink("https://huiju.example", query);
    expect(link).toMatch(/^https:\/\/huiju\.example\/explorer\/#\/q\/[\w-]+$/);
    expect(await sharedQuery(new URL(link ?? "").hash)).toBe(query);
  });

  it("is not made of what would be too long", async () => {
    const noise = Array.from({ length: 20_000 }, (_, at) => ((at * 2654435761) % 4294967296).toString(36)).join("");
    expect(await shareLink("https://huiju.example", noise)).toBeNull();
  });

  it.each(["", "#/sources", "#/q/", "#/q/!!!", "#/q/AAAA"])("is not seen in %s", async (hash) => {
    expect(await sharedQuery(hash)).toBeNull();
  });
});

import { describe, expect, it } from "vitest";

import { figuresOf, NO_CONDITIONS, secondsOf, shown, type Source, sorted, stateOf } from "./rows";

const WELL = { state: "UP", breaker: null, latencyP50: 12, errorRate: 0, lastFailure: null } as const;

function source(name: string, more: Partial<Source> = {}): Source {
  return { id: name, name, title: name, tier: "SCHOOL", connector: "SQL", mode: "HARVEST", stale: false, recordCount: null, province: null, lastHarvest: null, health: WELL, ...more };
}
const DONE = { startedAt: "2026-11-24T08:00:00Z", finishedAt: "2026-11-24T08:01:00Z", seen: 3, changed: 1, gone: 0, quarantined: 0, error: null };

describe("the state of a source", () => {
  it.each([
    ["live", source("a", { mode: "LIVE" })],
    ["never", source("b")],
    ["fresh", source("c", { lastHarvest: DONE })],
    ["stale", source("d", { lastHarvest: DONE, stale: true })],
    ["failed", source("e", { lastHarvest: { ...DONE, error: "SOURCE_TIMEOUT" } })],
  ])("is %s", (state, each) => {
    expect(stateOf(each)).toBe(state);
  });
});

describe("the rows", () => {
  const all = [source("zhejiang", { title: "浙江", tier: "PROVINCIAL" }), source("national", { title: "国家", tier: "NATIONAL" }), source("school")];

  it("are narrowed by name or title, and by state", () => {
    expect(shown(all, { ...NO_CONDITIONS, text: " 浙 " }).map((each) => each.name)).toEqual(["zhejiang"]);
    expect(shown(all, { ...NO_CONDITIONS, state: "live" })).toEqual([]);
  });

  it("go from the nation to the schools, and back", () => {
    expect(sorted(all, "tier", false).map((each) => each.name)).toEqual(["national", "zhejiang", "school"]);
    expect(sorted(all, "tier", true).map((each) => each.name)).toEqual(["school", "zhejiang", "national"]);
  });
});

describe("the past of a source", () => {
  it("tells failures and the slowest request, and never divides by nothing", () => {
    expect(figuresOf([{ latencyMs: 12, code: null }, { latencyMs: 40, code: "SOURCE_TIMEOUT" }])).toEqual({ failed: 1, slowest: 40 });
    expect(figuresOf([])).toEqual({ failed: 0, slowest: 1 });
  });

  it("tells how long a run took once it has ended", () => {
    expect(secondsOf(DONE)).toBe(60);
    expect(secondsOf({ ...DONE, finishedAt: null })).toBe(null);
  });

  it("brings those that are down to the top", () => {
    const down = source("z", { health: { ...WELL, state: "DOWN" } });
    expect(sorted([source("a"), down], "health", false)[0]?.name).toBe("z");
  });
});

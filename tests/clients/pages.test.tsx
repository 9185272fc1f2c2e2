// @vitest-environment happy-dom
// The clients of React: mounted, read and clicked.
import { ApolloProvider } from "@apollo/client/react";
import { type ReactNode, Suspense } from "react";
import { createRoot, type Root } from "react-dom/client";
import { RelayEnvironmentProvider } from "react-relay";
import { afterEach, describe, expect, inject, it, vi } from "vitest";

import { under } from "./between";

const ADDRESS = inject("address");
vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);

let root: Root | undefined;
afterEach(() => {
  root?.unmount();
  document.body.replaceChildren();
});

function show(tree: ReactNode): void {
  const place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
  root.render(tree);
}

const rows = () => [...document.querySelectorAll("li")].map((each) => each.textContent);
const missing = () => [...document.querySelectorAll('[role="status"]')].map((each) => each.textContent);
const press = (name: string) => [...document.querySelectorAll("button")].find((each) => each.textContent === name)?.click();
const wait = { timeout: 10_000, interval: 20 };

/** Ten rows, ten more by the button; and with a source down ten rows all the same, and its name. */
async function isAList(tree: () => ReactNode | Promise<ReactNode>): Promise<void> {
  show(await tree());
  await vi.waitFor(() => expect(rows()).toHaveLength(10), wait);
  expect(missing()).toEqual([]);
  press("More");
  await vi.waitFor(() => expect(rows()).toHaveLength(20), wait);
}

async function keepsWhatThereIs(tree: () => ReactNode | Promise<ReactNode>, name: string): Promise<void> {
  await under(ADDRESS, "guangdong=down", async () => {
    show(await tree());
    await vi.waitFor(() => expect(rows()).toHaveLength(10), wait);
    expect(missing()).toHaveLength(1);
    expect(missing()[0]).toContain(name);
  });
}

describe("Apollo Client", () => {
  async function tree() {
    const { connect } = await import("./build/apollo/client");
    const { Newest } = await import("./build/apollo/Newest");
    return (
      <ApolloProvider client={await connect()}>
        <Newest />
      </ApolloProvider>
    );
  }

  it("shows a list and its next page", () => isAList(tree));

  it("keeps what there is when a source is down, and has the whole list when it is asked again", async () => {
    await keepsWhatThereIs(tree, "广东省");
    press("Ask again");
    await vi.waitFor(() => expect(missing()).toEqual([]), wait);
  });

  it("tells a lookup that failed from a resource that does not exist", async () => {
    const { connect } = await import("./build/apollo/client");
    const { lookup } = await import("./build/apollo/lookup");
    const client = await connect();
    expect(await lookup(client, "guangdong", "no such number")).toContain("no such resource");
    expect(await under(ADDRESS, "guangdong=down", () => lookup(client, "guangdong", "GD000594"))).toMatch(/^广东省.*: SOURCE_UNAVAILABLE$/);
    expect(await lookup(client, "guangdong", "GD000594")).not.toContain("SOURCE");
  });
});

describe("urql", () => {
  async function tree() {
    vi.resetModules(); // its cache is the module's
    const { Newest } = await import("./build/urql/Newest");
    return <Newest />;
  }

  it("shows a list and its next page", () => isAList(tree));

  it("keeps what there is when a source is down, and has the whole list when it is asked again", async () => {
    await keepsWhatThereIs(tree, "guangdong");
    press("Ask again");
    await vi.waitFor(() => expect(missing()).toEqual([]), wait);
  });
});

describe("Relay", () => {
  async function inRelay(inner: ReactNode) {
    const { makeEnvironment } = await import("./build/relay/environment");
    return (
      <RelayEnvironmentProvider environment={makeEnvironment()}>
        <Suspense fallback="…">{inner}</Suspense>
      </RelayEnvironmentProvider>
    );
  }
  async function tree() {
    const { Newest } = await import("./build/relay/Newest");
    return inRelay(<Newest />);
  }

  it("shows a list and its next page", () => isAList(tree));

  it("keeps what there is when a source is down", () => keepsWhatThereIs(tree, "广东省"));

  it("tells a lookup that failed from a resource that does not exist", async () => {
    const { Lookup } = await import("./build/relay/Lookup");
    const text = () => document.body.textContent;
    await under(ADDRESS, "guangdong=down", async () => {
      show(await inRelay(<Lookup source="guangdong" identifier="GD000594" />));
      await vi.waitFor(() => expect(text()).toContain("did not answer"), wait);
    });
    show(await inRelay(<Lookup source="guangdong" identifier="no such number" />));
    await vi.waitFor(() => expect(text()).toContain("no such resource"), wait);
  });
});

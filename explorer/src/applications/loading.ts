// A person's applications as the page sees them: on their way, there, or why they cannot be.
import type { Answer } from "../api/client";
import type { ApplicationFragment, ExplorerApplicationsQuery } from "../api/generated/graphql";

export type Application = ApplicationFragment;
export type Scope = ExplorerApplicationsQuery["scopes"][number];

/** What opens this page (docs/sign-on.md). */
export const NEEDED = "clients:write";

export type Loaded =
  | { kind: "loading" }
  | { kind: "signedOut" }
  | { kind: "noScope" }
  | { kind: "failed"; message: string }
  | { kind: "there"; applications: Application[]; scopes: Scope[] };

export type Page = { kind: "page"; applications: readonly Application[]; scopes: Scope[]; after: string | null };

/** What one answer to the list means: a page of it, or a state of its own. */
export function pageOf(answer: Answer): Page | Exclude<Loaded, { kind: "loading" | "there" }> {
  const data = answer.data as ExplorerApplicationsQuery | null | undefined;
  if (answer.errors?.some((each) => each.extensions?.code === "UNAUTHENTICATED")) return { kind: "signedOut" };
  if (data && !data.viewer) return { kind: "signedOut" };
  if (data?.viewer && !data.viewer.scopes.includes(NEEDED)) return { kind: "noScope" };
  if (answer.errors?.length || !data?.viewer?.clients) return { kind: "failed", message: (answer.errors ?? []).map((each) => each.message).join("\n") };
  const { nodes, pageInfo } = data.viewer.clients;
  return { kind: "page", applications: nodes, scopes: data.scopes, after: pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null };
}

import { Kind, parse } from "graphql";

/** The name where the document has an operation of it: the editor's own lags a moment behind what is typed. */
export function nameIn(query: string, name: string | null | undefined): string | undefined {
  try {
    const named = parse(query).definitions.some((each) => each.kind === Kind.OPERATION_DEFINITION && each.name?.value === name);
    return named ? (name ?? undefined) : undefined;
  } catch {
    return undefined; // the server says where it cannot be read
  }
}

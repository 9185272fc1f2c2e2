import type { Question } from "../api/client";
import { nameIn } from "./operations";

/** What the editors hold, as it is asked; variables that are no JSON object are left out. */
export function questionOf(query: string, variables: string, operationName: string | null | undefined): Question {
  return { query, variables: variablesOf(variables), operationName: nameIn(query, operationName) };
}

function variablesOf(text: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && Object.keys(found).length > 0 ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

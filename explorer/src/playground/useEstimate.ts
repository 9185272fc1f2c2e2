import { useGraphiQL } from "@graphiql/react";
import { parse } from "graphql";
import { useEffect, useState } from "react";

import { ask, type Cost } from "../api/client";
import { useTexts } from "../texts";
import { questionOf } from "./question";

/** Typing pauses this long, in milliseconds, before the server is asked. */
const PAUSE = 600;

export type Estimate = Cost | { refused: string } | null;

/** What the document in the editor would cost, as the server estimates it without executing; null while there is nothing to estimate. */
export function useEstimate(): Estimate {
  const { lang, t } = useTexts();
  const [estimate, setEstimate] = useState<Estimate>(null);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const operationName = useGraphiQL((state) => state.operationName);
  useEffect(() => {
    if (!queryEditor || !variableEditor) return;
    let wanted = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (mine: number) => {
      const question = questionOf(queryEditor.getValue(), variableEditor.getValue(), operationName);
      const found = isWhole(question.query) ? (await ask(question, lang, t, { "huiju-cost": "estimate" })).answer : null;
      if (mine !== wanted) return;
      const dear = found?.errors?.find((each) => each.extensions?.code === "OPERATION_TOO_EXPENSIVE");
      setEstimate(dear ? { refused: dear.message } : (found?.extensions?.cost ?? null));
    };
    const later = () => {
      wanted += 1;
      const mine = wanted;
      clearTimeout(timer);
      timer = setTimeout(() => void look(mine), PAUSE);
    };
    later();
    const listening = [queryEditor.onDidChangeModelContent(later), variableEditor.onDidChangeModelContent(later)];
    return () => {
      wanted = -1;
      clearTimeout(timer);
      for (const each of listening) each.dispose();
    };
  }, [queryEditor, variableEditor, operationName, lang, t]);
  return estimate;
}

/** Half a document is nobody's question. */
function isWhole(query: string): boolean {
  try {
    return parse(query, { maxTokens: 4000 }).definitions.length > 0;
  } catch {
    return false;
  }
}

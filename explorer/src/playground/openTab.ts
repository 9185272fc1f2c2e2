import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";

// A new tab takes over the editors a moment after it is added; what is written before that is lost.
const SETTLED = 150;

/** Opens a query in a tab of its own, and does not run it. */
export function useOpenTab(): (query: string, variables: string) => void {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  return (query, variables) => {
    addTab();
    window.setTimeout(() => {
      queryEditor?.setValue(query);
      variableEditor?.setValue(variables);
    }, SETTLED);
  };
}

import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./playground.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { useGraphiQL } from "@graphiql/react";
import type { Fetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { buildSchema } from "graphql";
import { useEffect, useMemo, useRef, useState } from "react";

import { ask } from "../api/client";
import type { Theme } from "../shell/theme";
import { type Lang, type Texts, useTexts } from "../texts";
import { AnswerPane } from "./AnswerPane";
import { speakChinese } from "./chinese";
import { EXAMPLES } from "./examples";
import { ExamplesPane } from "./ExamplesPane";
import { AnswerIcon, ExamplesIcon, TakeIcon } from "./icons";
import { setLatest } from "./latest";
import { useOpenTab } from "./openTab";
import { nameIn } from "./operations";
import { sharedQuery } from "./share";
import { Strip } from "./Strip";
import { TakePane } from "./TakePane";

const FIRST = EXAMPLES[0];

export default function Playground({ theme }: { theme: Theme }) {
  const { lang, t } = useTexts();
  const sdl = usePublishedSdl();
  const schema = useMemo(() => sdl && Object.assign(buildSchema(sdl), { description: t.tagline }), [sdl, t]);
  const spoken = useRef<[Lang, Texts]>([lang, t]);
  spoken.current = [lang, t];
  const fetcher = useMemo<Fetcher>(
    () => async (question) => {
      const asked = { query: question.query, variables: question.variables ?? undefined, operationName: nameIn(question.query, question.operationName) };
      const exchange = await ask(asked, ...spoken.current, { "huiju-trace": "1" });
      setLatest({ question: asked, ...exchange });
      return exchange.answer as Awaited<ReturnType<Fetcher>>;
    },
    [],
  );
  // The titles of plugins are their names in the editor's state: a language of its own for each set.
  const plugins = useMemo(
    () => [
      { title: t.examples, icon: ExamplesIcon, content: ExamplesPane },
      explorerPlugin(),
      { title: t.answer, icon: AnswerIcon, content: AnswerPane },
      { title: t.take, icon: TakeIcon, content: TakePane },
      HISTORY_PLUGIN,
    ],
    [t],
  );
  useEffect(() => (lang === "zh" ? speakChinese() : undefined), [lang]);
  if (!schema) return <p className="notice">{t.loading}</p>;
  return (
    <GraphiQL
      key={lang}
      fetcher={fetcher}
      schema={schema}
      plugins={plugins}
      visiblePlugin={t.examples}
      defaultQuery={FIRST?.query ?? ""}
      forcedTheme={theme}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      isHeadersEditorEnabled={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>
        <OpenShared />
        <WrappedLines />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Strip />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

/** The published SDL: it is there where introspection is closed, too. Null while it is on its way. */
function usePublishedSdl(): string | null {
  const [sdl, setSdl] = useState<string | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  useEffect(() => {
    fetch("/schema.graphql")
      .then((reply) => (reply.ok ? reply.text() : Promise.reject(new Error(reply.statusText))))
      .then(setSdl)
      .catch(setFailure);
  }, []);
  if (failure) throw failure;
  return sdl;
}

/** Opens the query of a share link in a tab, and says so; it is for the reader to run it. */
function OpenShared() {
  const { t } = useTexts();
  const open = useOpenTab();
  const ready = useGraphiQL((state) => Boolean(state.queryEditor && state.variableEditor));
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    if (!ready) return;
    void sharedQuery(location.hash).then((query) => {
      if (query === null) return;
      history.replaceState(null, "", "#/playground");
      open(query, "");
      setOpened(true);
    });
    // Once, when the editors are there.
  }, [ready]);
  return opened ? <span className="shared">{t.shared}</span> : null;
}

/** Long lines are broken, as in the answer: on a laptop the editor is narrow. */
function WrappedLines() {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  useEffect(() => queryEditor?.updateOptions({ wordWrap: "on" }), [queryEditor]);
  return null;
}

import { useGraphiQL } from "@graphiql/react";
import { useState } from "react";

import { useTexts } from "../texts";
import { questionOf } from "./question";
import { shareLink } from "./share";
import { snippet, TARGETS, type Target } from "./snippets";

export function TakePane() {
  const { lang, t } = useTexts();
  const [target, setTarget] = useState<Target>("curl");
  const [said, setSaid] = useState("");
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const operationName = useGraphiQL((state) => state.operationName);
  useGraphiQL((state) => state.tabs); // drawn again when what is typed has changed
  const question = questionOf(queryEditor?.getValue() ?? "", variableEditor?.getValue() ?? "", operationName);
  const text = snippet(target, location.origin, question);

  const copy = (what: string) =>
    navigator.clipboard.writeText(what).then(
      () => setSaid(t.copied),
      () => setSaid(t.copyFailed),
    );
  const share = async () => {
    const link = await shareLink(location.origin, question.query);
    if (link) await copy(link);
    else setSaid(t.tooLongToShare);
  };

  return (
    <div className="pane">
      <h2>{t.take}</h2>
      <p>{t.takeLead}</p>
      {question.query.trim() ? (
        <>
          <div role="group" aria-label={t.take} className="choices">
            {TARGETS.map((each) => (
              <button key={each} type="button" aria-pressed={each === target} onClick={() => setTarget(each)}>
                {each === "curl" ? "curl" : each === "python" ? "Python" : "TypeScript"}
              </button>
            ))}
          </div>
          <pre tabIndex={0}>{text}</pre>
          <button type="button" className="primary" onClick={() => copy(text)}>
            {t.copy}
          </button>
          <button type="button" onClick={share}>
            {t.share}
          </button>
          <p className="soft">{t.shareNote}</p>
        </>
      ) : (
        <p>{t.emptyDocument}</p>
      )}
      <p role="status">{said}</p>
      <p>
        <a href="/schema.graphql" download>
          {t.sdl}
        </a>
      </p>
      <p>
        <a href={lang === "zh" ? "/docs/clients.zh-CN" : "/docs/clients"}>{t.clients}</a>
      </p>
    </div>
  );
}

import { fill, useTexts } from "../texts";
import { type Null, nullsOf } from "./explain";
import { useLatest } from "./latest";
import { Outcomes } from "./Outcomes";
import { Waterfall } from "./Waterfall";

export function AnswerPane() {
  const { t } = useTexts();
  const latest = useLatest();
  if (!latest) {
    return (
      <div className="pane">
        <h2>{t.answer}</h2>
        <p>{t.answerLead}</p>
      </div>
    );
  }
  const { answer } = latest;
  const nulls = nullsOf(answer);
  return (
    <div className="pane">
      <h2>{t.answer}</h2>
      <Outcomes answer={answer} detailed />
      {answer.extensions?.trace && <Waterfall trace={answer.extensions.trace} />}
      {answer.errors && (
        <>
          <h3>{t.errorsTitle}</h3>
          <ul>
            {answer.errors.map((each, at) => (
              <li key={at}>
                {each.extensions?.code && <code>{each.extensions.code}</code>} <span className="untrusted">{each.message}</span>{" "}
                <Docs address={each.extensions?.docs} />
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{t.whyNull}</h3>
      {nulls.length === 0 ? (
        <p>{t.nothingNull}</p>
      ) : (
        <ul>
          {nulls.map((each) => (
            <li key={each.path}>
              <code>{each.path}</code> {each.count > 1 && <small>×{each.count}</small>} <Why value={each} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Why({ value: { reason } }: { value: Null }) {
  const { t } = useTexts();
  if (reason.kind === "scope") return <span>{fill(t.whyScope, { scope: reason.scope })}</span>;
  if (reason.kind === "anonymous") return <span>{t.whyAnonymous}</span>;
  if (reason.kind === "source") return <span className="untrusted">{fill(t.whySource, { source: reason.source, message: reason.message })}</span>;
  if (reason.kind === "silent") return <span className="soft">{t.whySilent}</span>;
  return (
    <span className="untrusted">
      {reason.message} <Docs address={reason.docs} />
    </span>
  );
}

function Docs({ address }: { address: string | null | undefined }) {
  const { t } = useTexts();
  // Only pages of this server: an answer is not trusted with where a link goes.
  const path = address ? pathHere(address) : null;
  return path ? <a href={path}>{t.moreAbout}</a> : null;
}

function pathHere(address: string): string | null {
  try {
    const url = new URL(address, location.href);
    return url.origin === location.origin ? url.pathname + url.hash : null;
  } catch {
    return null;
  }
}

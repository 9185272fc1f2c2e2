import type { Answer } from "../api/client";
import { fill, useTexts } from "../texts";
import { outcomesOf, type Told } from "./explain";

const CLASSES: Record<string, string> = { OK: "ok", STALE: "warn", PARTIAL: "warn", SKIPPED: "soft", TIMEOUT: "bad", UNAVAILABLE: "bad" };

/** What became of each source, as a strip under the answer or, `detailed`, with the reasons in words. */
export function Outcomes({ answer, detailed = false }: { answer: Answer; detailed?: boolean }) {
  const { t } = useTexts();
  const { told, asked } = outcomesOf(answer);
  const silent = told.filter((each) => each.status !== "OK");
  const verdict = silent.length > 0 ? fill(t.incomplete, { names: silent.map((each) => each.source).join("、") }) : asked ? t.complete : null;
  return (
    <div className="outcomes" aria-live="polite">
      {verdict && <p className={silent.length > 0 ? "warn" : "ok"}>{verdict}</p>}
      {detailed && !asked && told.length > 0 && <p className="soft">{t.notAsked}</p>}
      <ul>
        {told.map((each) => (
          <One key={each.source} told={each} detailed={detailed} />
        ))}
      </ul>
    </div>
  );
}

function One({ told, detailed }: { told: Told; detailed: boolean }) {
  const { lang, t } = useTexts();
  const word = told.status in t ? t[told.status as keyof typeof t] : told.status;
  return (
    <li>
      <code>{told.source}</code> <b className={CLASSES[told.status] ?? "warn"}>{word}</b>
      {told.count !== null && <span>{fill(t.records, { count: told.count })}</span>}
      {detailed && told.milliseconds !== null && <span>{fill(t.took, { ms: told.milliseconds })}</span>}
      {detailed && told.status !== "OK" && told.message && <span className="untrusted">{told.message}</span>}
      {told.asOf && <time dateTime={told.asOf}>{fill(t.asOf, { when: new Date(told.asOf).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB") })}</time>}
    </li>
  );
}

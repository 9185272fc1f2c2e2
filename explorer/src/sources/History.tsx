import { useEffect, useState } from "react";

import { query } from "../api/client";
import type { ExplorerHistoryQuery } from "../api/generated/graphql";
import { fill, useTexts } from "../texts";
import { HISTORY } from "./operation";
import { figuresOf, secondsOf } from "./rows";

type Past = NonNullable<ExplorerHistoryQuery["source"]>;
type Call = Past["health"]["calls"][number];
type Run = Past["harvests"][number];

/** What became of the latest requests of one source, and of its latest harvests; asked for when somebody opens it. */
export function History({ name }: { name: string }) {
  const { lang, t } = useTexts();
  const [past, setPast] = useState<Past | { failure: string } | null>(null);
  useEffect(() => {
    let wanted = true;
    query(HISTORY, { name }, lang, t).then(
      (data) => wanted && setPast(data.source ?? { failure: t.noSource }),
      (error: Error) => wanted && setPast({ failure: error.message }),
    );
    return () => {
      wanted = false;
    };
  }, [name, lang, t]);

  if (past === null) return <p className="soft">{t.loading}</p>;
  if ("failure" in past) return <p role="alert">{past.failure}</p>;
  const { calls } = past.health;
  return (
    <div className="past">
      <section>
        <h3>{t.latestCalls}</h3>
        {calls.length > 0 ? <Calls calls={calls} /> : <p className="soft">{t.noCalls}</p>}
      </section>
      {past.mode !== "LIVE" && (
        <section>
          <h3>{t.latestRuns}</h3>
          {past.harvests.length > 0 ? <Runs runs={past.harvests} /> : <p className="soft">{t.never}</p>}
        </section>
      )}
    </div>
  );
}

const HEIGHT = 40;

/** One bar for each request, the oldest on the left, as tall as it took long; those that failed stand out in colour and by a dot. */
function Calls({ calls }: { calls: readonly Call[] }) {
  const { t, lang } = useTexts();
  const inOrder = [...calls].reverse();
  const { failed, slowest } = figuresOf(calls);
  const summary = fill(t.callsSummary, { count: calls.length, failed, slowest });
  return (
    <>
      <svg viewBox={`0 0 ${inOrder.length * 8} ${HEIGHT + 8}`} width={inOrder.length * 8} height={HEIGHT + 8} role="img" aria-label={summary}>
        {inOrder.map((each, at) => {
          const tall = Math.max(2, (HEIGHT * each.latencyMs) / slowest);
          return (
            <g key={at} className={each.code ? "bad" : "ok"}>
              <title>{`${moment(each.at, lang)} · ${each.latencyMs} ms${each.code ? ` · ${each.code}` : ""}`}</title>
              <rect x={at * 8} y={HEIGHT + 8 - tall} width={6} height={tall} fill="currentColor" />
              {each.code && <circle cx={at * 8 + 3} cy={3} r={3} fill="currentColor" />}
            </g>
          );
        })}
      </svg>
      <p>
        {summary} <small>{t.ofThisProcess}</small>
      </p>
    </>
  );
}

function Runs({ runs }: { runs: readonly Run[] }) {
  const { t, lang } = useTexts();
  return (
    <ol>
      {runs.map((run) => {
        const seconds = secondsOf(run);
        return (
          <li key={run.startedAt}>
            <time dateTime={run.startedAt}>{moment(run.startedAt, lang)}</time>
            <b className={run.error ? "bad" : "ok"}>{run.error ? <span className="untrusted">{run.error}</span> : run.finishedAt ? t.OK : t.running}</b>
            <span>{fill(t.run, { seen: run.seen, changed: run.changed, gone: run.gone, quarantined: run.quarantined })}</span>
            {seconds !== null && <small>{fill(t.seconds, { count: seconds })}</small>}
          </li>
        );
      })}
    </ol>
  );
}

function moment(at: string, lang: string): string {
  return new Date(at).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB", { dateStyle: "short", timeStyle: "medium" });
}

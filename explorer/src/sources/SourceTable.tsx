import { Fragment, useState } from "react";

import { fill, useTexts } from "../texts";
import { age } from "./age";
import { History } from "./History";
import { type Column, type Source, sorted, stateOf } from "./rows";

const COLUMNS: readonly Column[] = ["source", "tier", "kind", "mode", "state", "health", "freshness", "count"];
const WELL = { UP: "ok", DEGRADED: "warn", DOWN: "bad", UNKNOWN: "soft" } as const;
const CLASSES = { live: "ok", fresh: "ok", stale: "warn", never: "warn", failed: "bad" } as const;

export function SourceTable({ sources }: { sources: readonly Source[] }) {
  const { lang, t } = useTexts();
  const [by, setBy] = useState<Column>("tier");
  const [down, setDown] = useState(false);
  const sort = (column: Column) => {
    setDown(column === by ? !down : false);
    setBy(column);
  };
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col" aria-sort={column === by ? (down ? "descending" : "ascending") : undefined}>
                <button type="button" className="quiet" onClick={() => sort(column)} title={fill(t.sortBy, { column: t[column] })}>
                  {t[column]}
                  <span aria-hidden="true">{column === by ? (down ? " ↓" : " ↑") : ""}</span>
                </button>
              </th>
            ))}
            <th scope="col">{t.lastRun}</th>
            <th scope="col">
              <span className="unseen">{t.past}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted(sources, by, down).map((each) => (
            <Row key={each.id} source={each} lang={lang} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ source, lang }: { source: Source; lang: string }) {
  const { t } = useTexts();
  const state = stateOf(source);
  const run = source.lastHarvest;
  const [open, setOpen] = useState(false);
  const past = `past-${source.id}`;
  return (
    <Fragment>
      <tr>
        <th scope="row">
          <span className="untrusted">{source.title}</span>
          <code>{source.name}</code>
        </th>
        <td>
          {t[source.tier]}
          {source.province && <small className="untrusted">{source.province.name}</small>}
        </td>
        <td>
          <code>{source.connector}</code>
        </td>
        <td>{t[source.mode]}</td>
        <td className={CLASSES[state]}>{state === "failed" ? fill(t.failed, { error: run?.error ?? "" }) : t[state]}</td>
        <td>
          <Well health={source.health} />
        </td>
        <td>{run?.finishedAt ? <time dateTime={run.finishedAt}>{age(run.finishedAt, Date.now(), t)}</time> : "–"}</td>
        <td className="number">{source.recordCount?.toLocaleString(lang) ?? "–"}</td>
        <td>{run ? fill(t.run, { seen: run.seen, changed: run.changed, gone: run.gone, quarantined: run.quarantined }) : "–"}</td>
        <td>
          <button type="button" className="quiet" aria-expanded={open} aria-controls={past} aria-label={`${t.past} ${source.name}`} onClick={() => setOpen(!open)}>
            {open ? "▾" : "▸"} {t.past}
          </button>
        </td>
      </tr>
      {open && (
        <tr id={past} className="opened">
          <td colSpan={COLUMNS.length + 2}>
            <History name={source.name} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

/** The health of a source in a word, with the figures behind it. */
function Well({ health }: { health: Source["health"] }) {
  const { t } = useTexts();
  const failure = health.lastFailure;
  return (
    <>
      <span className={WELL[health.state]}>{t[health.state]}</span>
      {health.latencyP50 !== null && health.latencyP50 !== undefined && <small>{fill(t.took, { ms: health.latencyP50 })}</small>}
      {health.errorRate ? <small>{fill(t.failing, { share: Math.round(health.errorRate * 100) })}</small> : null}
      {health.breaker && health.breaker !== "CLOSED" && <small className="bad">{t.breakerOpen}</small>}
      {failure && (
        <small>
          {fill(t.lastFailure, { when: age(failure.at, Date.now(), t) })} <span title={failure.code}>{failure.code.replace("SOURCE_", "")}</span>
        </small>
      )}
    </>
  );
}

import { useEffect, useRef } from "react";

import { fill, useTexts } from "../texts";
import { Copy } from "./Copy";

export interface Shown {
  client: string;
  name: string;
  secret: string;
}

/** A new secret, this once: it is in this page's memory until the panel is closed, and nowhere else. */
export function SecretOnce({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const { t } = useTexts();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  return (
    <section ref={panel} className="secret" tabIndex={-1} aria-label={t.newSecret}>
      <h2 className="untrusted">{fill(t.secretOf, { name: shown.name })}</h2>
      <p>{t.secretOnce}</p>
      <p>
        <code>{shown.secret}</code> <Copy text={shown.secret} label={t.copySecret} />
      </p>
      <button type="button" onClick={onClose}>
        {t.secretKept}
      </button>
    </section>
  );
}

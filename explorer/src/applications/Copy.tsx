import { useState } from "react";

import { useTexts } from "../texts";

/** A button that copies a text, and says so. */
export function Copy({ text, label }: { text: string; label?: string }) {
  const { t } = useTexts();
  const [said, setSaid] = useState("");
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid(t.copied),
      () => setSaid(t.copyFailed),
    );
  return (
    <>
      <button type="button" onClick={copy} aria-label={label}>
        {t.copy}
      </button>
      <span role="status" className="soft">
        {said}
      </span>
    </>
  );
}

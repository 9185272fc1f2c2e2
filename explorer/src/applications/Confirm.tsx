import { type ReactNode, useEffect, useId, useRef, useState } from "react";

import { useTexts } from "../texts";

interface Props {
  title: string;
  action: string;
  /** Does it; what it gives is why it could not be done. */
  onConfirm: () => Promise<string | null>;
  onClose: () => void;
  children: ReactNode;
}

/** A question before something that cannot be taken back: the browser's own dialog keeps the focus, and Escape closes it. */
export function Confirm({ title, action, onConfirm, onClose, children }: Props) {
  const { t } = useTexts();
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async () => {
    setBusy(true);
    const said = await onConfirm();
    if (said !== null) {
      setFailure(said);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onClose}>
      <h2 id={heading}>{title}</h2>
      {children}
      {failure && (
        <p className="bad" role="alert">
          {failure}
        </p>
      )}
      <p className="buttons">
        <button type="button" autoFocus onClick={() => dialog.current?.close()}>
          {t.cancel}
        </button>
        <button type="button" className="danger" disabled={busy} onClick={confirm}>
          {action}
        </button>
      </p>
    </dialog>
  );
}

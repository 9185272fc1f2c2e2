import { Component, type ReactNode } from "react";

import type { Texts } from "../texts";

interface Props {
  t: Texts;
  children: ReactNode;
}

/** What is shown instead of a page that failed, or of a part of it that could not be fetched. */
export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    const { t, children } = this.props;
    if (!this.state.failed) return children;
    return (
      <div className="notice" role="alert">
        <p>{t.crashed}</p>
        <button type="button" onClick={() => location.reload()}>
          {t.reload}
        </button>
      </div>
    );
  }
}

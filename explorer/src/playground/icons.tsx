const LINES = { fill: "none", stroke: "currentColor", strokeWidth: 1.6, strokeLinecap: "round", strokeLinejoin: "round" } as const;

export function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" height="1em" {...LINES}>
      <path d="M5 4h10l4 4v12H5z M15 4v4h4 M8 12h8 M8 16h6" />
    </svg>
  );
}

export function AnswerIcon() {
  return (
    <svg viewBox="0 0 24 24" height="1em" {...LINES}>
      <path d="M4 5h16v11H10l-4 4v-4H4z M12 8v3 M12 13.2v.1" />
    </svg>
  );
}

export function TakeIcon() {
  return (
    <svg viewBox="0 0 24 24" height="1em" {...LINES}>
      <path d="M12 4v10 M8 10l4 4 4-4 M5 18h14" />
    </svg>
  );
}

// What the browser keeps for this application: the choices of a person, under one prefix.
const PREFIX = "huiju:";

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage is switched off: nothing is kept, everything works
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // as above
  }
}

/** Forget what was typed and asked here; language and theme stay. For computers that several people use. */
export function forgetWork(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("graphiql:")) localStorage.removeItem(key);
  } catch {
    // as above
  }
}

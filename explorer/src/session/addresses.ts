// Plain links: the sign-in has pages of its own, which work without scripts, and come back here.
export const SIGN_OUT = "/oauth/logout";
export const ACCOUNT = "/oauth/account";

/** The sign-in, and back to the page that is open. */
export function signInHere(): string {
  return `/oauth/login?next=${encodeURIComponent(`/explorer/${location.hash}`)}`;
}

// A query in the fragment of an address: it never reaches a server's log, holds no variables and never runs by itself.
const MARK = "#/q/";
const LONGEST = 8000;

/** The address that opens `query`, or null where it would be too long for one. */
export async function shareLink(origin: string, query: string): Promise<string | null> {
  const packed = await through(new TextEncoder().encode(query), new CompressionStream("deflate-raw"));
  const link = `${origin}/explorer/${MARK}${toBase64Url(packed)}`;
  return link.length <= LONGEST ? link : null;
}

/** The query of a share link; null where the fragment is not one. */
export async function sharedQuery(hash: string): Promise<string | null> {
  if (!hash.startsWith(MARK)) return null;
  try {
    const plain = await through(fromBase64Url(hash.slice(MARK.length)), new DecompressionStream("deflate-raw"));
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch {
    return null;
  }
}

const MOST_BYTES = 256_000;

async function through(bytes: Uint8Array<ArrayBuffer>, transform: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(transform).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MOST_BYTES) throw new Error("too large");
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
}

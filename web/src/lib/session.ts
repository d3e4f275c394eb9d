// One sign-in for every page of this origin: the explorer, the watch page and other tabs share it.
import { type Answer, JOIN, REFRESH_SESSION, SIGN_IN, SIGN_OUT, START_GUEST_SESSION } from "../operations";
import { rawRequest } from "./http";

export interface Session {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
  customer: { id: string; name: string | null; isGuest: boolean };
}

export const SESSION_KEY = "nerdx.session";
const listeners = new Set<() => void>();
window.addEventListener("storage", (event) => {
  if (event.key === SESSION_KEY) listeners.forEach((tell) => tell());
});

export function onSession(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

let cached: { text: string | null; value: Session | null } = { text: null, value: null };

export function session(): Session | null {
  const text = localStorage.getItem(SESSION_KEY);
  if (text !== cached.text) cached = { text, value: parse(text) };
  return cached.value;
}

function parse(text: string | null): Session | null {
  try {
    return text ? (JSON.parse(text) as Session) : null;
  } catch {
    return null;
  }
}

function keep(value: Session | null): void {
  if (value) localStorage.setItem(SESSION_KEY, JSON.stringify(value));
  else localStorage.removeItem(SESSION_KEY);
  listeners.forEach((tell) => tell());
}

export class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

function accepted(answer: Answer<Session>): Session {
  if (answer.code) throw new Refused(answer.code, answer.message ?? answer.code);
  const { accessToken, accessTokenExpiresAt, refreshToken, customer } = answer;
  return { accessToken, accessTokenExpiresAt, refreshToken, customer };
}

/** A guest says so, and brings the cart along. */
export async function signIn(email: string, password: string): Promise<void> {
  const guest = session()?.customer.isGuest ? await freshToken().catch(() => null) : null;
  const { signIn: answer } = await rawRequest<{ signIn: Answer<Session> }>(SIGN_IN, { input: { email, password } }, guest);
  keep(accepted(answer));
}

export interface Newcomer {
  email: string;
  password: string;
  name: string | null;
  birthDate: string;
}

/** Makes an account; a guest's cart comes along. */
export async function join(input: Newcomer): Promise<void> {
  const guest = session()?.customer.isGuest ? await freshToken().catch(() => null) : null;
  const { register: answer } = await rawRequest<{ register: Answer<Session> }>(JOIN, { input }, guest);
  keep(accepted(answer));
}

export async function startGuest(): Promise<void> {
  keep(accepted((await rawRequest<{ startGuestSession: Answer<Session> }>(START_GUEST_SESSION)).startGuestSession));
}

export async function signOut(): Promise<void> {
  const held = session();
  keep(null);
  if (!held) return;
  await rawRequest(SIGN_OUT, { refreshToken: held.refreshToken }, held.accessToken).catch(() => undefined);
}

const EARLY_MS = 20_000;
const stale = (held: Session) => Date.parse(held.accessTokenExpiresAt) - Date.now() < EARLY_MS;

/** A token that is good now; null when nobody is signed in. `rejected` is one the server just refused. */
export async function freshToken(rejected?: string): Promise<string | null> {
  const held = session();
  if (!held) return null;
  if (!stale(held) && held.accessToken !== rejected) return held.accessToken;
  return alone(async () => {
    const now = session();
    if (!now || (!stale(now) && now.accessToken !== rejected)) return now?.accessToken ?? null;
    return renew(now);
  });
}

async function renew(held: Session): Promise<string | null> {
  const { refreshSession: answer } = await rawRequest<{ refreshSession: Answer<Session> }>(REFRESH_SESSION, {
    refreshToken: held.refreshToken,
  });
  keep(answer.code ? null : accepted(answer));
  return session()?.accessToken ?? null;
}

let queue: Promise<unknown> = Promise.resolve();

// A refresh token used twice ends its whole family, so tabs must take turns.
function alone<T>(work: () => Promise<T>): Promise<T> {
  if (navigator.locks) return navigator.locks.request("nerdx.refresh", work) as Promise<T>;
  const turn = queue.then(work, work);
  queue = turn.catch(() => undefined);
  return turn;
}

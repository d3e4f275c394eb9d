// The language and market of this browser, shared by every page.
export type Locale = "ko" | "en";

const LOCALE_KEY = "nerdx.locale";
const CHANNEL_KEY = "nerdx.channel";
const listeners = new Set<() => void>();

export function onLocale(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

function asLocale(text: string | null | undefined): Locale | null {
  const code = text?.slice(0, 2).toLowerCase();
  return code === "ko" || code === "en" ? code : null;
}

export function locale(): Locale {
  const asked = asLocale(new URLSearchParams(location.search).get("lang"));
  return asked ?? asLocale(localStorage.getItem(LOCALE_KEY)) ?? preferred();
}

function preferred(): Locale {
  for (const language of navigator.languages) {
    const known = asLocale(language);
    if (known) return known;
  }
  return "ko";
}

export function setLocale(value: Locale): void {
  localStorage.setItem(LOCALE_KEY, value);
  const url = new URL(location.href);
  if (url.searchParams.has("lang")) {
    url.searchParams.set("lang", value);
    history.replaceState(null, "", url);
  }
  document.documentElement.lang = value;
  listeners.forEach((tell) => tell());
}

export const channel = (): string | null => localStorage.getItem(CHANNEL_KEY);

export function setChannel(value: string): void {
  localStorage.setItem(CHANNEL_KEY, value);
  listeners.forEach((tell) => tell());
}

// What the server tells the pages about this environment; the personas are there in a sandbox only.
import type { Locale } from "./locale";

export interface Persona {
  id: string;
  name: string;
  locale: Locale;
  email: string;
  password: string;
  channel: string;
  role: string;
  adult: boolean;
}

export interface PageConfig {
  personas: Persona[];
  channels: { id: string; name: Record<Locale, string> }[];
}

let loaded: Promise<PageConfig> | undefined;

export function pageConfig(): Promise<PageConfig> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<PageConfig> {
  const nothing: PageConfig = { personas: [], channels: [] };
  const meta = document.querySelector<HTMLMetaElement>('meta[name="nerdx-config"]');
  if (!meta) return nothing;
  const response = await fetch(meta.content).catch(() => null);
  return response?.ok ? ((await response.json()) as PageConfig) : nothing;
}

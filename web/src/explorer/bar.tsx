import { useEffect, useState } from "react";
import { type PageConfig, type Persona, pageConfig } from "../lib/config";
import { type Locale, channel, setChannel, setLocale } from "../lib/locale";
import { signIn, signOut, startGuest } from "../lib/session";
import { useLocale, useSession } from "./hooks";
import { t } from "./strings";

const LANGUAGES: [Locale, string][] = [["ko", "한국어"], ["en", "English"]];

export function useConfig(): PageConfig {
  const [config, setConfig] = useState<PageConfig>({ personas: [], channels: [] });
  useEffect(() => void pageConfig().then(setConfig), []);
  return config;
}

async function become(persona: Persona): Promise<void> {
  setLocale(persona.locale);
  setChannel(persona.channel);
  await signIn(persona.email, persona.password);
}

function Personas({ personas, trouble }: { personas: Persona[]; trouble: (text: string) => void }) {
  const session = useSession();
  const attempt = (work: Promise<void>) => void work.then(() => trouble(""), (error: Error) => trouble(error.message));
  return (
    <div className="bar-group" role="group" aria-label={t("signInAs")}>
      <span className="bar-label">{t("signInAs")}</span>
      {personas.map((persona) => (
        <button
          key={persona.id} type="button" className="chip" data-persona={persona.id}
          aria-pressed={session?.customer.id === persona.id} onClick={() => attempt(become(persona))}
        >
          {persona.name}
          {!persona.adult && <small>{t("minor")}</small>}
          {persona.role === "partner" && <small>{t("partner")}</small>}
        </button>
      ))}
      <button type="button" className="chip" data-persona="guest" aria-pressed={Boolean(session?.customer.isGuest)} onClick={() => attempt(startGuest())}>
        {t("guest")}
      </button>
      {session && <button type="button" className="chip is-quiet" onClick={() => attempt(signOut())}>{t("signOut")}</button>}
    </div>
  );
}

export function Bar() {
  const config = useConfig();
  const locale = useLocale();
  const session = useSession();
  const [trouble, setTrouble] = useState("");
  const name = session && (session.customer.isGuest ? t("guest") : session.customer.name);
  return (
    <header className="bar">
      <a className="bar-brand" href="/explorer" lang="en">NERDX<i /></a>
      <a className="chip" href="/talk">{t("talk")}</a>
      <Personas personas={config.personas} trouble={setTrouble} />
      <span className="bar-who" role="status" data-signed-in={Boolean(session)}>
        {trouble || (session ? `${t("you")} ${name}` : t("nobody"))}
      </span>
      <div className="bar-group is-end">
        <label>
          <span className="for-ears">{t("channel")}</span>
          <select className="bar-select" value={channel() ?? config.channels[0]?.id ?? ""} onChange={(event) => setChannel(event.target.value)}>
            {config.channels.map((one) => <option key={one.id} value={one.id}>{one.id} · {one.name[locale]}</option>)}
          </select>
        </label>
        <div className="segments" role="group" aria-label={t("language")}>
          {LANGUAGES.map(([code, label]) => (
            <button key={code} type="button" lang={code} aria-pressed={locale === code} onClick={() => setLocale(code)}>{label}</button>
          ))}
        </div>
      </div>
    </header>
  );
}

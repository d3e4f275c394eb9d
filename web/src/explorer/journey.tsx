import { useEffect, useState } from "react";
import { examples } from "./examples";
import { useLocale, useMemory, useSession, useTabs } from "./hooks";
import { Ask } from "./ask";
import { Photo } from "./photo";
import { t } from "./strings";
import { Watch } from "./watch";

/** Keeps the example tabs filled in with what is known, whichever panel is open. */
export function Fill() {
  const memory = useMemory();
  const { active, fill } = useTabs();
  useEffect(() => void fill(memory), [memory, fill]);
  useEffect(() => void document.querySelector(".graphiql-tab-active")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [active]);
  return null;
}

/** The side panel: a cameo in three steps, and the whole journey as examples. */
export function Journey() {
  const locale = useLocale();
  const session = useSession();
  const memory = useMemory();
  const tabs = useTabs();
  const [before, setBefore] = useState<string | null>(null);

  useEffect(() => {
    if (before === null || !memory.cameoId || memory.cameoId === before) return;
    setBefore(null);
    tabs.run("WatchCameo");
  }, [before, memory.cameoId, tabs.run]);

  return (
    <div className="journey" data-operation={tabs.operation}>
      <h2>{t("title")}</h2>
      <p className="quiet">{session ? t("intro") : t("needSignIn")}</p>
      <Photo key={`photo-${session?.customer.id}`} />
      <Ask key={`ask-${session?.customer.id}`} onAsk={(input) => (setBefore(memory.cameoId ?? ""), tabs.run("RequestCameo", input))} />
      <Watch onWatch={() => tabs.run("WatchCameo")} />
      <h3>{t("examples")}</h3>
      <ol className="examples">
        {examples.map(({ name, title }) => (
          <li key={name}>
            <button type="button" aria-current={tabs.active === name} onClick={() => tabs.open(name)}>
              <span>{title[locale]}</span> <code>{name}</code>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

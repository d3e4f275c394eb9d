import { useEffect, useState } from "react";
import { request } from "../lib/graphql";
import { onLocale } from "../lib/locale";
import { LIST_FILMS } from "../operations";
import { useMemory, useSession } from "./hooks";
import { t } from "./strings";

interface Film {
  id: string;
  name: string;
  durationSeconds: number;
  aspectRatios: string[];
  products: { id: string; name: string }[];
}

function useFilms(): Film[] {
  const [films, setFilms] = useState<Film[]>([]);
  useEffect(() => {
    const load = () => void request<{ cameoTemplates: Film[] }>(LIST_FILMS).then(({ cameoTemplates }) => setFilms(cameoTemplates), () => undefined);
    load();
    return onLocale(load);
  }, []);
  return films;
}

export function Ask({ onAsk }: { onAsk: (input: Record<string, unknown>) => void }) {
  const session = useSession();
  const films = useFilms();
  const { portraitId } = useMemory();
  const [filmId, setFilmId] = useState("");
  const [productId, setProductId] = useState("");
  const [name, setName] = useState(session?.customer.name ?? "");
  const film = films.find(({ id }) => id === filmId) ?? films[0];
  const ask = () =>
    onAsk({
      portraitId, userName: name, templateId: film?.id, aspectRatio: film?.aspectRatios[0],
      preferredProductId: film?.products.some(({ id }) => id === productId) ? productId : null,
    });
  return (
    <section className="step-card" data-step="ask">
      <h3><b>2</b>{t("stepAsk")}</h3>
      <label className="field">{t("template")}
        <select value={film?.id ?? ""} onChange={(event) => setFilmId(event.target.value)}>
          {films.map((one) => <option key={one.id} value={one.id}>{one.name} · {one.durationSeconds}s</option>)}
        </select>
      </label>
      <label className="field">{t("product")}
        <select value={productId} onChange={(event) => setProductId(event.target.value)}>
          <option value="">{t("anyProduct")}</option>
          {film?.products.map((product) => <option key={product.id} value={product.id}>{product.name}</option>)}
        </select>
      </label>
      <label className="field">{t("name")}<input value={name} maxLength={40} onChange={(event) => setName(event.target.value)} /></label>
      <button type="button" className="do" disabled={!portraitId || !film || !name} onClick={ask}>{t("ask")}</button>
      <p className="quiet">{portraitId ? t("askHint") : t("waitPhoto")}</p>
    </section>
  );
}

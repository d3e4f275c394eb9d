import { useEffect, useRef, useState } from "react";
import { follow } from "../lib/live";
import { WATCH_JOB } from "../operations";
import type { Job } from "../watch/types";
import { useLocale, useMemory } from "./hooks";
import { t } from "./strings";

function useJob(id: string | undefined): Job | null {
  const locale = useLocale();
  const [job, setJob] = useState<Job | null>(null);
  useEffect(() => {
    setJob(null);
    if (!id) return;
    return follow<{ cameoChanged: Job }>({ query: WATCH_JOB, variables: { id } }, {
      data: ({ cameoChanged }) => setJob(cameoChanged),
      refused: () => undefined,
      ended: () => undefined,
      link: () => undefined,
    });
  }, [id, locale]);
  return job;
}

export function Watch({ onWatch }: { onWatch: () => void }) {
  const { cameoId } = useMemory();
  const job = useJob(cameoId);
  const card = useRef<HTMLElement>(null);
  useEffect(() => void (cameoId && card.current?.scrollIntoView({ block: "nearest" })), [cameoId, job?.status]);
  return (
    <section ref={card} className="step-card" data-step="watch" data-state={job?.status ?? "none"}>
      <h3><b>3</b>{t("stepWatch")}</h3>
      {!cameoId && <p className="quiet">{t("none")}</p>}
      {job?.video && <video controls playsInline preload="metadata" poster={job.video.posterUrl} src={job.video.url} style={{ aspectRatio: `${job.video.width} / ${job.video.height}` }} />}
      {job && !job.video && (
        <>
          <progress max={100} value={job.percent} aria-label={job.stage} />
          <p className="status" role="status">{job.status} · {job.stage} · {job.percent}%{job.failure ? ` · ${job.failure.message}` : ""}</p>
        </>
      )}
      {cameoId && (
        <p className="links">
          <button type="button" className="do is-second" onClick={onWatch}>{t("watchTab")}</button>
          <a className="do" href={`/watch/${cameoId}`} target="_blank" rel="noopener">{t("watchPage")}</a>
        </p>
      )}
    </section>
  );
}

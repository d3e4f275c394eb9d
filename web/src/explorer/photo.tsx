import { useEffect, useState } from "react";
import { request } from "../lib/graphql";
import { READ_FACE_CONSENT } from "../operations";
import { useLocale, useSession } from "./hooks";
import { remember } from "./memory";
import { type PhotoStep, type Portrait, sendPhoto } from "./portrait";
import { t } from "./strings";

interface ConsentText {
  version: string;
  text: string;
  retentionDays: number;
}

function useConsent(): ConsentText | null {
  const locale = useLocale();
  const [consent, setConsent] = useState<ConsentText | null>(null);
  useEffect(() => {
    request<{ faceConsent: ConsentText }>(READ_FACE_CONSENT).then(({ faceConsent }) => setConsent(faceConsent), () => setConsent(null));
  }, [locale]);
  return consent;
}

function usePicture(file: File | null): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!file) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

export function Photo() {
  const session = useSession();
  const consent = useConsent();
  const [file, setFile] = useState<File | null>(null);
  const [agreed, setAgreed] = useState(false);
  const [step, setStep] = useState<PhotoStep | null>(null);
  const [portrait, setPortrait] = useState<Portrait | null>(null);
  const [trouble, setTrouble] = useState("");
  const picture = usePicture(file);
  const busy = step !== null && step !== "ready";

  const send = async () => {
    if (!file || !consent) return;
    setTrouble("");
    setPortrait(null);
    try {
      const sent = await sendPhoto(file, consent.version, setStep);
      setPortrait(sent);
      if (sent.status === "READY") remember({ portraitId: sent.id, ...(session?.customer.name ? { userName: session.customer.name } : {}) });
      else setTrouble(sent.rejection ? `${sent.rejection.reason} · ${sent.rejection.message}` : t("failed"));
      setStep(sent.status === "READY" ? "ready" : null);
    } catch (error) {
      setTrouble((error as Error).message);
      setStep(null);
    }
  };

  return (
    <section className="step-card" data-step="photo" data-state={step ?? "idle"}>
      <h3><b>1</b>{t("stepPhoto")}</h3>
      <div className="photo-row">
        {picture && <img src={portrait?.previewUrl ?? picture} alt="" />}
        <label className="pick">
          <input type="file" accept="image/jpeg,image/png,image/webp" disabled={busy} onChange={(event) => (setFile(event.target.files?.[0] ?? null), setStep(null), setPortrait(null))} />
          <span>{file ? t("another") : t("choose")}</span>
          <small>{file?.name ?? "portrait.jpg"}</small>
        </label>
      </div>
      {consent && step !== "ready" && (
        <>
          <p className="consent" tabIndex={0}>{consent.text} <em>({t("keep", { n: consent.retentionDays })} · {consent.version})</em></p>
          <label className="agree"><input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.target.checked)} /> {t("consent")}</label>
        </>
      )}
      {step !== "ready" && <button type="button" className="do" disabled={!session || !file || !agreed || busy} onClick={() => void send()}>{t("send")}</button>}
      <p className="status" role="status">{trouble || (step ? t(step) : "")}</p>
      {portrait?.status === "READY" && <code className="id">{portrait.id}</code>}
    </section>
  );
}

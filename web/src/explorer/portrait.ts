// A photo's way: where to send it, the file straight to storage, consent, and the check.
import { newKey, request } from "../lib/graphql";
import { follow } from "../lib/live";
import { type Answer, CONSENT_TO_PORTRAIT, FOLLOW_PORTRAIT, UPLOAD_PORTRAIT } from "../operations";

export type PhotoStep = "upload" | "submit" | "check" | "ready";

export interface Portrait {
  id: string;
  status: "AWAITING_UPLOAD" | "CHECKING" | "READY" | "REJECTED" | "ERASED";
  previewUrl: string | null;
  rejection: { reason: string; message: string } | null;
}

interface Upload {
  portrait: { id: string };
  url: string;
  fields: { name: string; value: string }[];
  maxBytes: number;
}

function granted<T>(answer: Answer<T>): T {
  if (answer.code) throw new Error(`${answer.code}: ${answer.message}`);
  return answer;
}

async function place(file: File): Promise<Upload> {
  const input = { contentType: file.type || "application/octet-stream", byteSize: file.size, idempotencyKey: newKey() };
  return granted((await request<{ createPortraitUpload: Answer<Upload> }>(UPLOAD_PORTRAIT, { input })).createPortraitUpload);
}

async function post(upload: Upload, file: File): Promise<void> {
  const form = new FormData();
  upload.fields.forEach(({ name, value }) => form.append(name, value));
  form.append("file", file);
  const response = await fetch(upload.url, { method: "POST", body: form });
  if (!response.ok) throw new Error(`S3: HTTP ${response.status} ${(await response.text()).match(/<Message>(.*?)<\/Message>/)?.[1] ?? ""}`);
}

function checked(id: string): Promise<Portrait> {
  return new Promise((settle, fail) => {
    let last: Portrait | null = null;
    follow<{ portraitChanged: Portrait }>({ query: FOLLOW_PORTRAIT, variables: { id } }, {
      data: ({ portraitChanged }) => (last = portraitChanged),
      refused: ([error]) => fail(new Error(error?.message)),
      ended: () => (last ? settle(last) : fail(new Error("NO_ANSWER"))),
      link: () => undefined,
    });
  });
}

export async function sendPhoto(file: File, consentVersion: string, at: (step: PhotoStep) => void): Promise<Portrait> {
  at("upload");
  const upload = await place(file);
  await post(upload, file);
  at("submit");
  const input = { portraitId: upload.portrait.id, consentVersion, idempotencyKey: newKey() };
  granted((await request<{ submitPortrait: Answer<object> }>(CONSENT_TO_PORTRAIT, { input })).submitPortrait);
  at("check");
  return checked(upload.portrait.id);
}

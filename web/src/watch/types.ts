export type Stage = "PREPARE" | "SUBMIT" | "RENDER" | "FETCH" | "FINISH" | "PUBLISH";
export type Status = "QUEUED" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELED";
export type ShotStatus = "WAITING" | "SUBMITTED" | "RENDERING" | "READY" | "FAILED";
export type Action = "CANCEL" | "RETRY" | "DELETE" | "SHARE";

export interface Video {
  url: string;
  posterUrl: string;
  durationSeconds: number;
  width: number;
  height: number;
  urlExpiresAt: string;
}

export interface Share {
  id: string;
  url: string;
  expiresAt: string;
  revokedAt: string | null;
  viewCount: number;
}

export interface Job {
  id: string;
  status: Status;
  stage: Stage;
  percent: number;
  queuePosition: number | null;
  eta: { likelyAt: string; latestAt: string } | null;
  template: { name: string; description: string; durationSeconds: number };
  product: { name: string } | null;
  userName: string;
  aspectRatio: "LANDSCAPE_16_9" | "PORTRAIT_9_16" | "SQUARE_1_1";
  shots: { number: number; seconds: number; status: ShotStatus; percent: number; attempts: number }[];
  previews: { stage: Stage; url: string; blurhash: string; at: string }[];
  video: Video | null;
  failure: { code: string; message: string; hint: string | null; retryable: boolean; stage: Stage } | null;
  share: Share | null;
  allowedActions: Action[];
}

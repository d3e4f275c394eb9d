// Every document that the pages send; a test holds them against the schema.
import CANCEL_JOB from "./CancelJob.graphql";
import CONSENT_TO_PORTRAIT from "./ConsentToPortrait.graphql";
import DELETE_JOB from "./DeleteJob.graphql";
import EXPERIENCE_PARTS from "./ExperienceParts.graphql";
import FOLLOW_PORTRAIT from "./FollowPortrait.graphql";
import JOB_PARTS from "./JobParts.graphql";
import JOIN_ONLY from "./Join.graphql";
import LIST_FILMS from "./ListFilms.graphql";
import LOOK from "./LookAtJob.graphql";
import READ_FACE_CONSENT from "./ReadFaceConsent.graphql";
import REFRESH from "./RefreshSession.graphql";
import RETRY_JOB from "./RetryJob.graphql";
import REVOKE_SHARE from "./RevokeShare.graphql";
import SESSION_PARTS from "./SessionParts.graphql";
import SHARED_VIDEO from "./SharedVideo.graphql";
import SHARE_JOB from "./ShareJob.graphql";
import SIGN_IN_ONLY from "./SignIn.graphql";
import SIGN_OUT from "./SignOut.graphql";
import START_GUEST from "./StartGuestSession.graphql";
import TRACK_AR from "./TrackAr.graphql";
import UNLOCK from "./UnlockAr.graphql";
import UPLOAD_PORTRAIT from "./UploadPortrait.graphql";
import WATCH from "./WatchJob.graphql";

export const LOOK_AT_JOB = LOOK + JOB_PARTS;
export const WATCH_JOB = WATCH + JOB_PARTS;
export const SIGN_IN = SIGN_IN_ONLY + SESSION_PARTS;
export const JOIN = JOIN_ONLY + SESSION_PARTS;
export const REFRESH_SESSION = REFRESH + SESSION_PARTS;
export const START_GUEST_SESSION = START_GUEST + SESSION_PARTS;
export const UNLOCK_AR = UNLOCK + EXPERIENCE_PARTS;
export {
  CANCEL_JOB, CONSENT_TO_PORTRAIT, DELETE_JOB, FOLLOW_PORTRAIT, LIST_FILMS, READ_FACE_CONSENT, RETRY_JOB, REVOKE_SHARE,
  SHARED_VIDEO, SHARE_JOB, SIGN_OUT, TRACK_AR, UPLOAD_PORTRAIT,
};

/** A refusal of any mutation arrives as `{ code, message }` beside its other members. */
export type Answer<T> = T & { __typename: string; code?: string; message?: string };

// What a bottle unlocks.
import ArExperienceText from "../examples/80-ArExperience.graphql";
import UnlockCodesText from "../examples/81-UnlockCodes.graphql";
import UnlockArText from "../examples/82-UnlockAr.graphql";
import ArManifestText from "../examples/83-ArManifest.graphql";
import TrackArEngagementText from "../examples/84-TrackArEngagement.graphql";
import { newKey } from "../lib/graphql";
import type { Example } from "./examples";

const experienceId = "ar-nerd12-signature";
const heard = () => ({ eventId: newKey(), experienceId, trigger: "LISTEN", at: new Date().toISOString(), seconds: 20 });

export const arExamples: Example[] = [
  { name: "ArExperience", query: ArExperienceText, title: { ko: "라벨 속 AR", en: "What a label shows" }, variables: { productId: "nerd12-signature" } },
  { name: "UnlockCodes", query: UnlockCodesText, title: { ko: "AR 코드", en: "Unlock codes" }, variables: { id: "" }, fills: { orderId: ["id"] } },
  {
    name: "UnlockAr", query: UnlockArText, title: { ko: "AR 열기", en: "Unlock AR" },
    variables: { input: { code: "", deviceId: "explorer" } }, fills: { unlockCode: ["input", "code"] },
  },
  { name: "ArManifest", query: ArManifestText, title: { ko: "AR 매니페스트", en: "AR manifest" }, variables: { experienceId, engine: "WEBXR" } },
  { name: "TrackArEngagement", query: TrackArEngagementText, title: { ko: "AR 활동 알리기", en: "Tell what was done" }, variables: { input: { events: [heard()] } } },
];

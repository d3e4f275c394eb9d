// The journey as operations, in order. `fills` says where a remembered id goes in the variables.
import ReferenceText from "../examples/01-Reference.graphql";
import ProductText from "../examples/02-Product.graphql";
import LoreText from "../examples/03-Lore.graphql";
import CharactersText from "../examples/04-Characters.graphql";
import CameoTemplatesText from "../examples/05-CameoTemplates.graphql";
import MeText from "../examples/06-Me.graphql";
import FaceConsentText from "../examples/07-FaceConsent.graphql";
import CreatePortraitUploadText from "../examples/08-CreatePortraitUpload.graphql";
import SubmitPortraitText from "../examples/09-SubmitPortrait.graphql";
import WatchPortraitText from "../examples/10-WatchPortrait.graphql";
import RequestCameoText from "../examples/11-RequestCameo.graphql";
import WatchCameoText from "../examples/12-WatchCameo.graphql";
import MyCameosText from "../examples/13-MyCameos.graphql";
import ShareCameoText from "../examples/14-ShareCameo.graphql";
import RevokeCameoShareText from "../examples/15-RevokeCameoShare.graphql";
import NotificationsText from "../examples/16-Notifications.graphql";
import WatchNotificationsText from "../examples/17-WatchNotifications.graphql";
import CancelCameoText from "../examples/18-CancelCameo.graphql";
import RetryCameoText from "../examples/19-RetryCameo.graphql";
import DeleteCameoText from "../examples/20-DeleteCameo.graphql";
import ErasePortraitText from "../examples/21-ErasePortrait.graphql";
import StartProviderSignInText from "../examples/22-StartProviderSignIn.graphql";
import FinishProviderSignInText from "../examples/23-FinishProviderSignIn.graphql";
import RemixCameoText from "../examples/24-RemixCameo.graphql";
import { arExamples } from "./ar-examples";
import { chatExamples } from "./chat-examples";
import { checkoutExamples } from "./checkout-examples";
import { orderExamples } from "./order-examples";
import { partnerExamples } from "./partner-examples";
import { searchExamples } from "./search-examples";
import { stockExamples } from "./stock-examples";
import { tasteExamples } from "./taste-examples";
import { worldExamples } from "./world-examples";
import { newKey } from "../lib/graphql";
import type { Locale } from "../lib/locale";

export type Remembered = "portraitId" | "cameoId" | "shareId" | "consentVersion" | "userName" | "lotId"
  | "tokenId" | "deliveryId" | "checkoutId" | "total" | "orderId" | "lineId" | "shipmentId" | "unlockCode" | "refundId" | "giftCode" | "giftCardId"
  | "factId" | "proposalId" | "chatId" | "replyId" | "confirmation";
export type Path = string[];

export interface Example {
  name: string;
  query: string;
  title: Record<Locale, string>;
  variables?: Record<string, unknown>;
  fills?: Partial<Record<Remembered, Path>>;
}

const id: Path = ["id"];
const inInput = (field: string): Path => ["input", field];
const ASK = "";

export const examples: Example[] = [
  { name: "Reference", query: ReferenceText, title: { ko: "카탈로그", en: "Catalogue" }, variables: { first: 5 } },
  { name: "Product", query: ProductText, title: { ko: "술 한 병", en: "One drink" }, variables: { id: "nerd12-signature" } },
  { name: "Lore", query: LoreText, title: { ko: "이야기", en: "Stories" }, variables: { first: 5 } },
  { name: "Characters", query: CharactersText, title: { ko: "인물", en: "Characters" } },
  { name: "CameoTemplates", query: CameoTemplatesText, title: { ko: "영상 틀", en: "Film templates" } },
  { name: "Me", query: MeText, title: { ko: "나", en: "Me" } },
  { name: "FaceConsent", query: FaceConsentText, title: { ko: "얼굴 사용 동의", en: "Face consent" } },
  {
    name: "CreatePortraitUpload", query: CreatePortraitUploadText, title: { ko: "사진 올릴 곳", en: "Where to upload" },
    variables: { input: { contentType: "image/jpeg", byteSize: 226774, idempotencyKey: newKey() } },
  },
  {
    name: "SubmitPortrait", query: SubmitPortraitText, title: { ko: "사진 제출", en: "Submit the photo" },
    variables: { input: { portraitId: ASK, consentVersion: "", idempotencyKey: newKey() } },
    fills: { portraitId: inInput("portraitId"), consentVersion: inInput("consentVersion") },
  },
  { name: "WatchPortrait", query: WatchPortraitText, title: { ko: "사진 검사 보기", en: "Watch the check" }, variables: { id: ASK }, fills: { portraitId: id } },
  {
    name: "RequestCameo", query: RequestCameoText, title: { ko: "카메오 부탁", en: "Request a cameo" },
    variables: {
      input: {
        portraitId: ASK, templateId: "traditional-tavern", userName: "", preferredProductId: "nerd12-signature",
        aspectRatio: "LANDSCAPE_16_9", idempotencyKey: newKey(),
      },
    },
    fills: { portraitId: inInput("portraitId"), userName: inInput("userName") },
  },
  { name: "WatchCameo", query: WatchCameoText, title: { ko: "실시간으로 보기", en: "Watch it live" }, variables: { id: "" }, fills: { cameoId: id } },
  { name: "MyCameos", query: MyCameosText, title: { ko: "내 카메오", en: "My cameos" }, variables: { first: 10 } },
  {
    name: "ShareCameo", query: ShareCameoText, title: { ko: "공유", en: "Share" },
    variables: { input: { cameoId: "", expiresInHours: 168, idempotencyKey: newKey() } }, fills: { cameoId: inInput("cameoId") },
  },
  { name: "RevokeCameoShare", query: RevokeCameoShareText, title: { ko: "공유 거두기", en: "Withdraw the link" }, variables: { id: "" }, fills: { shareId: id } },
  { name: "Notifications", query: NotificationsText, title: { ko: "알림", en: "Notifications" }, variables: { first: 10 } },
  { name: "WatchNotifications", query: WatchNotificationsText, title: { ko: "알림 실시간", en: "Watch notifications" } },
  { name: "CancelCameo", query: CancelCameoText, title: { ko: "그만두기", en: "Cancel" }, variables: { id: "" }, fills: { cameoId: id } },
  {
    name: "RetryCameo", query: RetryCameoText, title: { ko: "다시 만들기", en: "Retry" },
    variables: { id: "", idempotencyKey: newKey() }, fills: { cameoId: id },
  },
  {
    name: "RemixCameo", query: RemixCameoText, title: { ko: "바꿔서 다시", en: "Remix" },
    variables: { input: { cameoId: "", templateId: "neon-seoul-bar", idempotencyKey: newKey() } }, fills: { cameoId: inInput("cameoId") },
  },
  { name: "DeleteCameo", query: DeleteCameoText, title: { ko: "영상 지우기", en: "Delete the film" }, variables: { id: "" }, fills: { cameoId: id } },
  { name: "ErasePortrait", query: ErasePortraitText, title: { ko: "사진 지우기", en: "Erase the photo" }, variables: { id: ASK }, fills: { portraitId: id } },
  {
    name: "StartProviderSignIn", query: StartProviderSignInText, title: { ko: "다른 계정으로 로그인", en: "Sign in with a provider" },
    variables: { input: { provider: "sandbox", redirectUri: `${location.origin}/explorer` } },
  },
  {
    name: "FinishProviderSignIn", query: FinishProviderSignInText, title: { ko: "로그인 마치기", en: "Finish that sign-in" },
    variables: { input: { state: "", code: "" } },
  },
  ...searchExamples,
  ...tasteExamples,
  ...chatExamples,
  ...checkoutExamples,
  ...orderExamples,
  ...stockExamples,
  ...arExamples,
  ...partnerExamples,
  ...worldExamples,
];

export const exampleTabs = examples.map(({ query, variables }) => ({
  query: query.trim(),
  variables: variables ? JSON.stringify(variables, null, 2) : "",
}));

/** Changes with the texts, so that stored tabs of an older build are let go. */
export const examplesMark = [...examples.map((example) => example.query).join("")]
  .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7)
  .toString(36);

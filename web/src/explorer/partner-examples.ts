// Tokens of partners, whose agents shop over the Agentic Commerce Protocol.
import CreatePartnerTokenText from "../examples/90-CreatePartnerToken.graphql";
import PartnerTokensText from "../examples/91-PartnerTokens.graphql";
import RevokePartnerTokenText from "../examples/92-RevokePartnerToken.graphql";
import SetPartnerWebhookText from "../examples/93-SetPartnerWebhook.graphql";
import WebhookDeliveriesText from "../examples/94-WebhookDeliveries.graphql";
import ReplayWebhookDeliveryText from "../examples/95-ReplayWebhookDelivery.graphql";
import RotatePartnerTokenText from "../examples/96-RotatePartnerToken.graphql";
import { newKey } from "../lib/graphql";
import type { Example } from "./examples";

export const partnerExamples: Example[] = [
  {
    name: "CreatePartnerToken", query: CreatePartnerTokenText, title: { ko: "직원: 파트너 토큰", en: "Staff: a partner's token" },
    variables: { input: { name: "한잔 에이전트", scopes: ["checkout", "carts", "orders", "feed"], idempotencyKey: newKey() } },
  },
  { name: "PartnerTokens", query: PartnerTokensText, title: { ko: "직원: 토큰 목록", en: "Staff: tokens" } },
  {
    name: "RevokePartnerToken", query: RevokePartnerTokenText, title: { ko: "직원: 토큰 끝내기", en: "Staff: end a token" },
    variables: { id: "" }, fills: { tokenId: ["id"] },
  },
  {
    name: "SetPartnerWebhook", query: SetPartnerWebhookText, title: { ko: "직원: 웹훅 주소", en: "Staff: a webhook's address" },
    variables: { input: { id: "", webhookUrl: "https://agent.example.com/agentic_checkout/webhooks/order_events", idempotencyKey: newKey() } },
    fills: { tokenId: ["input", "id"] },
  },
  {
    name: "WebhookDeliveries", query: WebhookDeliveriesText, title: { ko: "직원: 보낸 웹훅", en: "Staff: webhooks" },
    variables: { tokenId: null, status: null },
  },
  {
    name: "ReplayWebhookDelivery", query: ReplayWebhookDeliveryText, title: { ko: "직원: 웹훅 다시 보내기", en: "Staff: replay a webhook" },
    variables: { input: { id: "", idempotencyKey: newKey() } }, fills: { deliveryId: ["input", "id"] },
  },
  {
    name: "RotatePartnerToken", query: RotatePartnerTokenText, title: { ko: "직원: 토큰의 새 비밀", en: "Staff: a token's new secret" },
    variables: { input: { id: "", idempotencyKey: newKey() } }, fills: { tokenId: ["input", "id"] },
  },
];

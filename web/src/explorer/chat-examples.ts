// Talking with Maeju and Joon, up to a paid order.
import StartChatText from "../examples/130-StartChat.graphql";
import SendMessageText from "../examples/131-SendMessage.graphql";
import HearReplyText from "../examples/132-HearReply.graphql";
import StopReplyText from "../examples/133-StopReply.graphql";
import RenewOrderCardText from "../examples/134-RenewOrderCard.graphql";
import ConfirmOrderCardText from "../examples/135-ConfirmOrderCard.graphql";
import MyChatsText from "../examples/136-MyChats.graphql";
import RenameChatText from "../examples/137-RenameChat.graphql";
import ExportChatText from "../examples/138-ExportChat.graphql";
import DeleteChatText from "../examples/139-DeleteChat.graphql";
import WatchChatText from "../examples/144-WatchChat.graphql";
import { newKey } from "../lib/graphql";
import type { Example, Path } from "./examples";

const id: Path = ["id"];
const inInput = (field: string): Path => ["input", field];

export const chatExamples: Example[] = [
  {
    name: "StartChat", query: StartChatText, title: { ko: "대화 시작", en: "Begin a chat" },
    variables: { input: { characterId: "maeju-ai", locale: "ko", idempotencyKey: newKey() } },
  },
  {
    name: "SendMessage", query: SendMessageText, title: { ko: "말하기", en: "Say something" },
    variables: { input: { chatId: "", text: "너드12는 왜 12도인가요?", idempotencyKey: newKey() } }, fills: { chatId: inInput("chatId") },
  },
  { name: "HearReply", query: HearReplyText, title: { ko: "답 듣기", en: "Hear the reply" }, variables: { id: "", after: null }, fills: { replyId: id } },
  { name: "StopReply", query: StopReplyText, title: { ko: "답 멈추기", en: "Stop the reply" }, variables: { replyId: "" }, fills: { replyId: ["replyId"] } },
  {
    name: "RenewOrderCard", query: RenewOrderCardText, title: { ko: "주문 카드 새로", en: "A new order card" },
    variables: { input: { chatId: "" } }, fills: { chatId: inInput("chatId") },
  },
  {
    name: "ConfirmOrderCard", query: ConfirmOrderCardText, title: { ko: "주문 카드 확인", en: "Confirm the card" },
    variables: { input: { chatId: "", confirmation: "", paymentMethod: "pm_card_visa", idempotencyKey: newKey() } },
    fills: { chatId: inInput("chatId"), confirmation: inInput("confirmation") },
  },
  { name: "MyChats", query: MyChatsText, title: { ko: "내 대화", en: "My chats" }, variables: { first: 10 } },
  { name: "WatchChat", query: WatchChatText, title: { ko: "대화 지켜보기", en: "Watch a chat" }, variables: { id: "" }, fills: { chatId: id } },
  { name: "RenameChat", query: RenameChatText, title: { ko: "이름 바꾸기", en: "Rename it" }, variables: { id: "", title: "열두 도 이야기" }, fills: { chatId: id } },
  { name: "ExportChat", query: ExportChatText, title: { ko: "내려받기", en: "Export it" }, variables: { id: "" }, fills: { chatId: id } },
  { name: "DeleteChat", query: DeleteChatText, title: { ko: "대화 지우기", en: "Delete it" }, variables: { id: "" }, fills: { chatId: id } },
];

// Stock: what customers wait for, and what staff do with lots.
import RestockNoticeText from "../examples/70-RestockNotice.graphql";
import StockText from "../examples/71-Stock.graphql";
import ReceiveStockText from "../examples/72-ReceiveStock.graphql";
import AdjustStockText from "../examples/73-AdjustStock.graphql";
import CountStockText from "../examples/74-CountStock.graphql";
import WatchStockLowText from "../examples/75-WatchStockLow.graphql";
import { newKey } from "../lib/graphql";
import type { Example, Path } from "./examples";

const lotId: Path = ["input", "lotId"];
const VARIANT = "nerd12-signature-500";

/** A day that is so many days from now, as a lot names it. */
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

export const stockExamples: Example[] = [
  {
    name: "RestockNotice", query: RestockNoticeText, title: { ko: "재입고 알림", en: "Tell me when it is back" },
    variables: { input: { variantId: VARIANT, idempotencyKey: newKey() } },
  },
  { name: "Stock", query: StockText, title: { ko: "직원: 재고", en: "Staff: stock" }, variables: { variantId: VARIANT } },
  {
    name: "ReceiveStock", query: ReceiveStockText, title: { ko: "직원: 입고", en: "Staff: receive" },
    variables: { input: { variantId: VARIANT, lot: "LOT-1", expiresOn: inDays(90), quantity: 24, idempotencyKey: newKey() } },
  },
  {
    name: "AdjustStock", query: AdjustStockText, title: { ko: "직원: 재고 조정", en: "Staff: adjust" },
    variables: { input: { lotId: "", delta: -1, reason: "깨짐 / broken", idempotencyKey: newKey() } }, fills: { lotId },
  },
  {
    name: "CountStock", query: CountStockText, title: { ko: "직원: 실사", en: "Staff: count" },
    variables: { input: { lotId: "", counted: 240, idempotencyKey: newKey() } }, fills: { lotId },
  },
  { name: "WatchStockLow", query: WatchStockLowText, title: { ko: "직원: 부족 재고 실시간", en: "Staff: watch low stock" } },
];

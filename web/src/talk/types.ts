import type { Money } from "../checkout/types";

export interface Person {
  id: string;
  name: string;
}

export interface Character extends Person {
  role: string;
  isAi: boolean;
  greeting: string;
}

export interface TalkLine {
  id: string;
  title: string;
  createdAt: string;
  character: Person;
}

export interface Talk extends TalkLine {
  locale: string;
  character: Character;
  usage: { cost: Money; limit: Money };
}

export type Source =
  | { __typename: "Lore"; id: string; title: string; kind: string; truth: string; body: string; lockedBy: { reason: string } | null }
  | { __typename: "Product"; id: string; name: string; category: string; abv: number; description: string }
  | { __typename: "Ingredient"; id: string; name: string; origin: string; story: string };

export interface Citation {
  partIndex: number;
  start: number;
  end: number;
  source: Source;
}

export interface Drink {
  id: string;
  name: string;
  category: string;
  abv: number;
  description: string;
  priceRange: { min: Money; max: Money } | null;
  images: { url: string; alt: string; width: number; height: number }[];
  warnings: { code: string; text: string }[];
}

export interface Card {
  __typename: "OrderCard";
  confirmation: string;
  expiresAt: string;
  checkout: { id: string; status: string; order: { id: string; number: string; status: string } | null };
}

export interface Handoff {
  __typename: "HandoffNote";
  from: Person;
  to: Person;
  line: string;
}

export interface OrderNews {
  __typename: "OrderStatusCard";
  status: string;
  order: { id: string; number: string };
}

export type Part =
  | { __typename: "TextPart"; text: string }
  | { __typename: "ProductCard"; reason: string | null; product: Drink }
  | Card
  | OrderNews
  | Handoff;

export type Status = "STREAMING" | "FINISHED" | "STOPPED" | "BLOCKED" | "FAILED";

export interface Message {
  id: string;
  author: "CUSTOMER" | "CHARACTER" | "SYSTEM";
  status: Status;
  reason: string | null;
  createdAt: string;
  character: Person | null;
  parts: Part[];
  citations: Citation[];
}

export type Event = { cursor: string } & (
  | { __typename: "TextAdded"; partIndex: number; text: string }
  | { __typename: "CitationAdded"; citation: Citation }
  | { __typename: "CardAdded"; partIndex: number; card: Part }
  | { __typename: "ToolStarted"; tool: string; label: string }
  | { __typename: "ToolEnded"; tool: string; succeeded: boolean }
  | { __typename: "HandedOff"; handoff: Omit<Handoff, "__typename"> }
  | { __typename: "ReplyBlocked"; reason: string }
  | { __typename: "ReplyEnded"; message: Message }
  | { __typename: "Resync"; message: Message }
);

export interface Page<T> {
  edges: { node: T }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface Me {
  id: string;
  name: string | null;
  age: string;
}

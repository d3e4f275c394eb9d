// From the steps of a reply to the message as it stands; the same steps always give the same message.
import type { Event, Message, Part } from "./types";

export interface Reply {
  message: Message;
  /** The last step that is in it: a lost connection goes on behind it. */
  cursor: string | null;
  /** What the character does just now, in words for people. */
  doing: string | null;
}

/** A reply of which nothing was heard: what the message holds comes again with its steps. */
export function unheard(message: Message): Reply {
  return { message: { ...message, parts: [], citations: [] }, cursor: null, doing: null };
}

export function fold(reply: Reply, event: Event): Reply {
  const { message } = reply;
  const next = (changed: Partial<Message>, doing: string | null = null): Reply => ({ message: { ...message, ...changed }, cursor: event.cursor, doing });
  switch (event.__typename) {
    case "TextAdded": return next({ parts: longer(message.parts, event.partIndex, event.text) });
    case "CitationAdded": return next({ citations: [...message.citations, event.citation] }, reply.doing);
    case "CardAdded": return next({ parts: [...message.parts.slice(0, event.partIndex), event.card] });
    case "HandedOff": return next({ parts: [...message.parts, { __typename: "HandoffNote", ...event.handoff }] });
    case "ReplyBlocked": return next({ reason: event.reason });
    case "ToolStarted": return next({}, event.label);
    case "ToolEnded": return next({});
    case "ReplyEnded": return next(event.message);
    case "Resync": return next(event.message);
  }
}

function longer(parts: Part[], at: number, text: string): Part[] {
  const there = parts[at];
  const before = there?.__typename === "TextPart" ? there.text : "";
  return [...parts.slice(0, at), { __typename: "TextPart", text: before + text }];
}

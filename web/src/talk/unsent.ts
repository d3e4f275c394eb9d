// What was said and not yet heard by the server: kept with its key, so that a reload sends it once and not twice.
import { newKey } from "../lib/graphql";

export interface Unsent {
  text: string;
  key: string;
}

const place = (chat: string): string => `nerdx.unsent.${chat}`;

export function unsent(chat: string): Unsent | null {
  return JSON.parse(sessionStorage.getItem(place(chat)) ?? "null") as Unsent | null;
}

export function keepUnsent(chat: string, text: string): Unsent {
  const one = { text, key: newKey() };
  sessionStorage.setItem(place(chat), JSON.stringify(one));
  return one;
}

export const forgetUnsent = (chat: string): void => sessionStorage.removeItem(place(chat));

// Other tabs of this browser hear that something happened to a chat, and look for themselves.
export interface News {
  chat: string;
  what: "said" | "changed" | "gone";
}

const wire = new BroadcastChannel("nerdx.talk");

export const tellTabs = (news: News): void => wire.postMessage(news);

export function onTabs(hear: (news: News) => void): void {
  wire.addEventListener("message", ({ data }) => hear(data as News));
}

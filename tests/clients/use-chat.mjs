// `useChat` in React, as an app has it: says each text in turn, and is reloaded in the middle of the last answer.
import { Window } from 'happy-dom';

const { api, token, chat, texts, again } = JSON.parse(process.argv[2]);
const say = (step, value = null) => process.stdout.write(`${JSON.stringify({ step, value })}\n`);
const window = new Window();
const browser = { window, document: window.document, navigator: window.navigator };
for (const [name, value] of Object.entries(browser)) Object.defineProperty(globalThis, name, { value });
// React looks for a document when it is loaded.
const { createElement, useEffect } = await import('react');
const { createRoot } = await import('react-dom/client');
const { useChat } = await import('@ai-sdk/react');
const { DefaultChatTransport } = await import('ai');

const transport = new DefaultChatTransport({ api, headers: { authorization: `Bearer ${token}` } });
const textOf = (message) => message?.parts.filter((part) => part.type === 'text').map((part) => part.text) ?? [];

/** A page with the chat in it; `until` waits for what it shows. */
function opened(options) {
  let shown;
  const waiting = new Set();
  function Page() {
    const now = useChat({ id: chat, transport, ...options });
    useEffect(() => {
      shown = now;
      waiting.forEach((look) => look());
    });
    return createElement('p', { 'data-status': now.status }, textOf(now.messages.at(-1)).join('\n'));
  }
  const place = window.document.createElement('main');
  const root = createRoot(place);
  root.render(createElement(Page));
  const until = (question) =>
    new Promise((done) => {
      const look = () => {
        if (!shown || !question(shown)) return;
        waiting.delete(look);
        done(shown);
      };
      waiting.add(look);
      look();
    });
  return { until, place, close: () => root.unmount() };
}

const textsOf = (messages) => textOf(messages.at(-1)).join('');
const page = opened({});

/** Says something; `isEnough` tells when to look no longer. */
async function asked(text, isEnough) {
  const { messages, sendMessage } = await page.until(({ status }) => status === 'ready');
  const before = messages.length;
  const statuses = [];
  const grew = [];
  void sendMessage({ text });
  const shown = await page.until(({ messages, status }) => {
    if (statuses.at(-1) !== status) statuses.push(status);
    const length = messages.length > before + 1 ? textsOf(messages).length : 0;
    if (grew.at(-1) !== length) grew.push(length);
    return status === 'error' || (messages.length > before + 1 && isEnough(status, length));
  });
  const roles = shown.messages.map(({ role }) => role);
  return { statuses, grew, roles, error: shown.error?.message ?? null, reply: shown.messages.at(-1), page: page.place.textContent };
}

for (const text of texts) say('said', await asked(text, (status) => status === 'ready'));
// A page that is reloaded knows nothing but which chat it shows.
say('left', await asked(again, (status, length) => status === 'streaming' && length > 0));
page.close();
const anew = opened({ resume: true });
const { messages } = await anew.until(({ messages, status }) => status === 'ready' && messages.length > 0);
say('resumed', { reply: messages.at(-1), count: messages.length, page: anew.place.textContent });
anew.close();
say('end');
process.exit();

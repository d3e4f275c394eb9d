// The AI SDK's own transport and reader: what `useChat` shows of one message.
import { DefaultChatTransport, readUIMessageStream } from 'ai';

const { api, token, chat, id, text, resume, lastEventId } = JSON.parse(process.argv[2]);
const say = (step, value = null) => process.stdout.write(`${JSON.stringify({ step, value })}\n`);
const transport = new DefaultChatTransport({
  api,
  headers: {
    authorization: `Bearer ${token}`,
    ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
  },
});
const said = { id, role: 'user', parts: [{ type: 'text', text }] };
const stream = resume
  ? await transport.reconnectToStream({ chatId: chat })
  : await transport.sendMessages({
      chatId: chat,
      messages: [said],
      trigger: 'submit-message',
      abortSignal: undefined,
    });
let message = null;
const errors = [];
if (stream) {
  for await (const shown of readUIMessageStream({ stream, onError: (e) => errors.push(`${e}`) })) {
    message = structuredClone(shown);
  }
}
say('message', message);
say('errors', errors);
say('end');

// AG-UI's own agent: it checks the order of events, and builds the messages of a run.
import { HttpAgent } from '@ag-ui/client';

const { url, token, chat, id, text } = JSON.parse(process.argv[2]);
const say = (step, value = null) => process.stdout.write(`${JSON.stringify({ step, value })}\n`);
const agent = new HttpAgent({
  url,
  threadId: chat,
  headers: { authorization: `Bearer ${token}` },
  initialMessages: [{ id, role: 'user', content: text }],
});
const customs = [];
const tools = [];
const run = await agent.runAgent(
  {},
  {
    onCustomEvent: ({ event }) => void customs.push({ name: event.name, value: event.value }),
    onToolCallStartEvent: ({ event }) => void tools.push(event.toolCallName),
  },
);
say('result', run.result ?? null);
say('messages', agent.messages);
say('customs', customs);
say('tools', tools);
say('end');

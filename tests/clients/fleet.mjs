// Many subscribers of one cameo, each with a socket of its own, and the settings that we publish.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { WATCH, authorization, data, say, socketUrl, task } from './watch/task.mjs';

async function subscriber(n) {
  const client = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    shouldRetry: () => true,
    retryAttempts: Infinity,
    connectionParams: async () => ({ authorization }),
    on: {
      connected: () => say('connected', n),
      closed: ({ code }) => say('closed', { n, code }),
    },
  });
  for await (const result of client.iterate({ query: WATCH, variables: { id: task.cameo } })) {
    say('event', { n, ...data(result).cameoChanged });
  }
  await client.dispose();
}

await Promise.all(Array.from({ length: task.count }, (_, n) => subscriber(n)));
say('end');

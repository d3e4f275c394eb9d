// graphql-ws: everything over one socket, with the two settings that docs/graphql-over-http.md asks for.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { QUERY, SHARE, WATCH, authorization, data, say, share, socketUrl, task } from './task.mjs';

const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  shouldRetry: () => true,
  retryAttempts: Infinity,
  connectionParams: async () => ({ authorization }),
});
const variables = { id: task.cameo };
const once = async (query, variables) => {
  for await (const result of client.iterate({ query, variables })) return data(result);
};

say('query', (await once(QUERY, variables)).cameo);
for await (const result of client.iterate({ query: WATCH, variables })) say('event', data(result).cameoChanged);
say('mutation', (await once(SHARE, share('graphql-ws'))).shareCameo);
await client.dispose();
say('end');

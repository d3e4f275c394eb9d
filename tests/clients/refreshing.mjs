// One subscriber who refreshes the token before every connection, as docs/graphql-over-http.md says.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { data, say, socketUrl, task } from './watch/task.mjs';

const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) {
  __typename ... on Session { accessToken refreshToken } } }`;
let refreshToken = task.refreshToken;

async function freshToken() {
  const body = JSON.stringify({ query: REFRESH, variables: { token: refreshToken } });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(task.url, { method: 'POST', headers, body });
  const session = data(await answer.json()).refreshSession;
  refreshToken = session.refreshToken;
  return session.accessToken;
}

let connections = 0;
const client = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  shouldRetry: () => true,
  retryAttempts: Infinity,
  connectionParams: async () => ({ authorization: `Bearer ${await freshToken()}` }),
  on: {
    connected: () => say('connected', (connections += 1)),
    closed: ({ code, reason }) => say('closed', { code, reason }),
  },
});
for await (const result of client.iterate({ query: task.query })) {
  say('event', data(result));
  if (connections > 1) break;
}
await client.dispose();
say('end');

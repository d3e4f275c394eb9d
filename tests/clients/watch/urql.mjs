// @urql/core, its subscriptions over graphql-ws; or, asked for `fetch`, over its own fetch exchange,
// which names text/event-stream in the Accept header of queries and mutations too.
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { onEnd, pipe, subscribe } from 'wonka';
import WebSocket from 'ws';
import { QUERY, SHARE, WATCH, authorization, data, say, share, socketUrl, task } from './task.mjs';

const socket = createClient({
  url: socketUrl,
  webSocketImpl: WebSocket,
  shouldRetry: () => true,
  retryAttempts: Infinity,
  connectionParams: async () => ({ authorization }),
});
const overSocket = subscriptionExchange({
  forwardSubscription: ({ query, variables }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
  }),
});

async function tellingFetch(url, init) {
  const response = await fetch(url, init);
  say('http', { accept: new Headers(init.headers).get('accept'), type: response.headers.get('content-type') });
  return response;
}

const client = new Client({
  url: task.url,
  preferGetMethod: false,
  fetchSubscriptions: task.fetch,
  exchanges: task.fetch ? [fetchExchange] : [overSocket, fetchExchange],
  fetch: tellingFetch,
  fetchOptions: { headers: { authorization } },
});
const variables = { id: task.cameo };

say('query', data(await client.query(QUERY, variables)).cameo);
await new Promise((done, failed) => {
  const tell = (result) => {
    if (result.error) failed(result.error);
    // urql repeats the last result when the stream is complete.
    else if (result.hasNext) say('event', result.data.cameoChanged);
  };
  pipe(client.subscription(WATCH, variables), onEnd(done), subscribe(tell));
});
say('mutation', data(await client.mutation(SHARE, share(task.fetch ? 'urql-fetch' : 'urql'))).shareCameo);
await socket.dispose();
say('end');

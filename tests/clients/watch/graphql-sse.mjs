// graphql-sse in distinct connections mode: each operation is a request of its own.
import { createClient } from 'graphql-sse';
import { QUERY, SHARE, WATCH, authorization, data, say, share, task } from './task.mjs';

const client = createClient({ url: task.url, retryAttempts: Infinity, headers: () => ({ authorization }) });
const variables = { id: task.cameo };
const once = async (query, variables) => {
  for await (const result of client.iterate({ query, variables })) return data(result);
};

say('query', (await once(QUERY, variables)).cameo);
for await (const result of client.iterate({ query: WATCH, variables })) say('event', data(result).cameoChanged);
say('mutation', (await once(SHARE, share('graphql-sse'))).shareCameo);
client.dispose();
say('end');

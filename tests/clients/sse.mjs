// Subscribes through graphql-sse and prints every result as a line of JSON.
import { createClient } from 'graphql-sse';

const [url, query, authorization] = process.argv.slice(2);
const client = createClient({
  url,
  headers: authorization ? { authorization } : {},
  retryAttempts: 0,
});
for await (const result of client.iterate({ query })) {
  console.log(JSON.stringify(result));
}

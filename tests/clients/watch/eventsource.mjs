// EventSource, as in browsers: GET, and `close` when the server says that it is over.
import { EventSource } from 'eventsource';
import { WATCH, authorization, data, say, task } from './task.mjs';

// Browsers cannot send the header; this implementation lets its fetch add it.
const signedIn = (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization } });
const url = new URL(task.url);
url.searchParams.set('query', WATCH);
url.searchParams.set('variables', JSON.stringify({ id: task.cameo }));

const source = new EventSource(url, { fetch: signedIn });
await new Promise((done, failed) => {
  source.addEventListener('next', ({ data: text }) => say('event', data(JSON.parse(text)).cameoChanged));
  source.addEventListener('complete', done);
  source.addEventListener('error', failed);
});
source.close();
say('end');

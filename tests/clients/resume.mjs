// EventSource loses its connection after the first event, and comes back with Last-Event-ID by itself.
import { EventSource } from 'eventsource';

const { url, query, token, count } = JSON.parse(process.argv[2]);
const say = (step, value = null) => process.stdout.write(`${JSON.stringify({ step, value })}\n`);
const address = new URL(url);
address.searchParams.set('query', query);

let connections = 0;
let events = 0;
async function losing(target, init) {
  const headers = { ...init.headers, authorization: `Bearer ${token}` };
  const response = await fetch(target, { ...init, headers });
  say('open', init.headers['Last-Event-ID'] ?? null);
  connections += 1;
  return connections === 1 ? cutAfterFirstEvent(response) : response;
}

function cutAfterFirstEvent(response) {
  let seen = '';
  const decoder = new TextDecoder();
  const body = response.body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        seen += decoder.decode(chunk, { stream: true });
        if (/^id: .*\n(.*\n)*?\n/m.test(seen)) controller.terminate();
      },
    }),
  );
  return new Response(body, response);
}

const source = new EventSource(address, { fetch: losing });
await new Promise((done) => {
  source.addEventListener('next', ({ data, lastEventId }) => {
    say('event', { id: lastEventId, data: JSON.parse(data).data });
    events += 1;
    if (events === count) done();
  });
  source.addEventListener('error', ({ code, message }) => say('lost', { code, message }));
});
source.close();
say('end');

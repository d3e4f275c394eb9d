// What every client is told to do: one JSON argument; and how it tells what it saw: lines of JSON.
export const task = JSON.parse(process.argv[2]);
export const authorization = `Bearer ${task.token}`;
export const socketUrl = task.url.replace(/^http/, 'ws');

export const QUERY = 'query Cameo($id: ID!) { cameo(id: $id) { id status } }';
export const WATCH = `subscription WatchCameo($id: ID!) {
  cameoChanged(id: $id) { id status stage percent video { url durationSeconds } }
}`;
export const SHARE = `mutation Share($input: ShareCameoInput!) {
  shareCameo(input: $input) { __typename ... on CameoShare { id url } ... on UserError { code message } }
}`;

export const say = (step, value = null) => process.stdout.write(`${JSON.stringify({ step, value })}\n`);

export const share = (name) => ({ input: { cameoId: task.cameo, idempotencyKey: `${name}-${task.cameo}` } });

export function data({ data, errors, error }) {
  if (errors?.length) throw new Error(JSON.stringify(errors));
  if (error) throw error;
  return data;
}

// graphql-inspector: what changed between two schemas (arguments 1 and 2), as JSON by criticality.
import { readFileSync } from 'node:fs';
import { diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const [released, current] = process.argv.slice(2, 4).map((path) => buildSchema(readFileSync(path, 'utf8')));
const found = { BREAKING: [], DANGEROUS: [], NON_BREAKING: [] };
for (const { criticality, message } of await diff(released, current)) found[criticality.level].push(message);
console.log(JSON.stringify(found));

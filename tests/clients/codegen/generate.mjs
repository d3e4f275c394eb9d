// client-preset: writes typed documents for a schema (argument 1) and operations into a folder (argument 2).
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';

const [schemaPath, folder, ...paths] = process.argv.slice(2);
const sdl = readFileSync(schemaPath, 'utf8');
const documents = paths.map((path) => {
  const rawSDL = readFileSync(path, 'utf8');
  return { location: basename(path), rawSDL, document: parse(rawSDL) };
});

const sections = await preset.buildGeneratesSection({
  baseOutputDir: `${folder}/`,
  schema: parse(sdl),
  schemaAst: buildSchema(sdl),
  documents,
  // Every scalar is told: an unknown one would be `any`.
  config: { strictScalars: true, scalars: { Currency: 'string', Date: 'string', DateTime: 'string', URL: 'string' } },
  presetConfig: {},
  plugins: [],
  pluginMap: {},
});
for (const section of sections) {
  mkdirSync(dirname(section.filename), { recursive: true });
  writeFileSync(section.filename, await codegen(section));
}
console.log(sections.map(({ filename }) => basename(filename)).join('\n'));

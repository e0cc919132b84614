// Compiles the programs of bench/ to bench/.build. Loaded by tsx instead, they and the library would give each function its name anew
// (`keepNames`), and a call of a server would cost half as much again: it would be tsx that is measured.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const programs = [
  'actors/main',
  'growth/main',
  'growth/flood',
  'growth/flood-probe',
  'idle-processes',
  'protocol',
  'serve-load',
  'serve-bare-ws',
  'serve-services',
  'service-crash',
]
await build({
  absWorkingDir: fileURLToPath(new URL('../bench', import.meta.url)),
  entryPoints: programs.map((name) => `${name}.ts`),
  outdir: '.build',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  tsconfigRaw: '{}', // `gensock` is the package as it is built, not its sources
  logLevel: 'error',
})

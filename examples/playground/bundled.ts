// Modules of the page that are written in TypeScript, because they share a contract with the server: made one file each by esbuild when the
// server starts. Entered by server.ts.
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const source = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))
/** What bundlers find in the package by its condition `browser`; here it is there without a build. */
const DOORS = {
  'gensock/client': source('client/index.ts'),
  'gensock/protocol': source('wire/protocol.ts'),
  'gensock/msgpack': source('msgpack/index.ts'),
}

const made = new Map<string, ReturnType<typeof make>>()

/** A module of `page/` with all that it imports, for browsers. Throws what esbuild finds wrong with it. */
export function bundled(name: string): ReturnType<typeof make> {
  const known = made.get(name) ?? make(name)
  made.set(name, known)
  return known
}
function make(name: string): { readonly type: string; readonly body: string } {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(`page/${name}.ts`, import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: '{}',
    alias: DOORS,
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
    logLevel: 'silent',
  })
  return { type: 'text/javascript; charset=utf-8', body: (outputFiles[0] as { readonly text: string }).text }
}

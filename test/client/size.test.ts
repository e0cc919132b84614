// What a page has to load for the client: everything that `connect` needs as one file, as esbuild makes it.
import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { buildSync } from 'esbuild'

/** 6 KB; the stream tag's module has a few lines more. */
const MAX_BYTES = { index: 6 * 1024, stream: 6 * 1024 + 320 }

function bundle(name: string): { readonly text: string; readonly inputs: readonly string[] } {
  const { outputFiles, metafile } = buildSync({
    entryPoints: [`src/client/${name}.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
  })
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) }
}

describe.each(['index', 'stream'] as const)('%s', (name) => {
  const { text, inputs } = bundle(name)

  test(`is less than ${MAX_BYTES[name]} bytes, gzipped`, () => {
    expect(text).toMatch(/export\{\w+ as (?:connect|stream)\}/)
    expect(gzipSync(text).length).toBeLessThan(MAX_BYTES[name])
  })

  test('has nothing in it but the client and what it shares with servers', () => {
    expect(inputs.filter((file) => !/^src\/(?:client|wire)\/[\w-]+\.ts$/.test(file))).toEqual([])
    expect(text).not.toMatch(/\bprocess\.|\brequire\(|\bBuffer\b|node:/)
  })
})

test('the script that the stream tag loads is what the source makes', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/client.mjs', '--check'], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

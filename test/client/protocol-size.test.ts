// What a page with a contract has to load beside its schema library, as one file, as esbuild makes it.
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { buildSync } from 'esbuild'

/** The client, the contract and what both ends share. */
const MAX_BYTES = 11 * 1024 + 256

interface Bundle {
  readonly text: string
  readonly inputs: readonly string[]
}
function bundle(contents: string): Bundle {
  const { outputFiles, metafile } = buildSync({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    metafile: true,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs).filter((file) => file !== '<stdin>') }
}
const CLIENT = "export { connect } from './src/client/index.js'\n"
const CONTRACT = "export { defineProtocol, isProtocolError, ProtocolError } from './src/wire/protocol.js'\n"

describe('a page with a contract', () => {
  const { text, inputs } = bundle(CLIENT + CONTRACT)

  test(`loads less than ${MAX_BYTES} bytes, gzipped, without its schemas`, () => {
    expect(text).toMatch(/export\{.*\bconnect\b.*\bdefineProtocol\b.*\}/)
    expect(inputs).toContain('src/wire/protocol-talk.ts')
    expect(gzipSync(text).length).toBeLessThan(MAX_BYTES)
  })

  test('has nothing in it but the client and what it shares with servers, and nothing of Node', () => {
    expect(inputs.filter((file) => !/^src\/(?:client|wire)\/[\w-]+\.ts$/.test(file))).toEqual([])
    expect(text).not.toMatch(/\bprocess\.|\brequire\(|\bBuffer\b|node:/)
  })
})

test.each(['index', 'stream'])('a page without a contract, of %s, loads nothing of it', (name) => {
  const { inputs } = bundle(`export * from './src/client/${name}.js'`)
  expect(inputs).toContain('src/client/client.ts')
  const ofContracts =
    /\/(?:protocol[\w-]*|asking|codec|contract[\w-]*|development|envelope|harmless|standard-schema|tables|token)\.ts$/
  expect(inputs.filter((file) => ofContracts.test(file))).toEqual([])
})

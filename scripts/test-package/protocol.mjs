// Contracts: in Node the door has both ends; a bundler for browsers takes the file of the contract in its place, without the server's part;
// `gensock/msgpack` works beside msgpackr, and without it says what is missing. Entered by test-package.mjs.
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { NODE_TYPES, project } from './projects.mjs'
import { report } from './report.mjs'
import { expectOutput, run } from './run.mjs'

/** The client and the contract, without schemas. */
const MAX_BYTES = 11 * 1024 + 256
const PAGE = `export { connect } from 'gensock/client'
export { defineProtocol, isProtocolError, ProtocolError } from 'gensock/protocol'`
const TALK = ['said: hi 0; doubled: Uint8Array 2,4,6']
const MISSING = "import('gensock/msgpack').catch((error) => console.log(error.code, error.message))"
const MISSING_CJS = "try { require('gensock/msgpack') } catch (error) { console.log(error.code, error.message) }"

/** With the package that the codec needs. */
export function protocolProject(folder, tarball) {
  return project(join(folder, 'protocol'), { type: 'module' }, [tarball, 'msgpackr@2', NODE_TYPES], ['protocol'])
}

export async function checkProtocol(nodes, folder, { esm, commonjs }) {
  await checkPage(esm)
  for (const { name, binary } of nodes) {
    await expectOutput(`${name}: a contract in msgpack as ESM`, binary, ['talk.mjs'], folder, TALK)
    await expectOutput(`${name}: a contract in msgpack as CommonJS`, binary, ['talk.cjs'], folder, TALK)
    await checkMissing(`${name}: import 'gensock/msgpack'`, binary, ['--input-type=module', '-e', MISSING], esm)
    await checkMissing(`${name}: require('gensock/msgpack')`, binary, ['-e', MISSING_CJS], commonjs)
  }
}

async function checkMissing(what, binary, args, cwd) {
  const { stdout, output } = await run(binary, args, cwd)
  const isClear = /^(?:ERR_)?MODULE_NOT_FOUND Cannot find (?:package|module) 'msgpackr'/.test(stdout)
  report(`${what} without msgpackr says that it is missing`, isClear, output)
}

async function checkPage(cwd) {
  const what = 'gensock/protocol by a bundler for browsers'
  try {
    const { outputFiles, metafile } = await build({
      stdin: { contents: PAGE, resolveDir: cwd },
      absWorkingDir: cwd,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      define: { 'process.env.NODE_ENV': '"production"' },
      write: false,
      metafile: true,
      logLevel: 'silent',
    })
    const files = Object.keys(metafile.inputs)
    const bytes = gzipSync(outputFiles[0].contents).length
    const has = (file) => files.some((path) => path.endsWith(`gensock/dist/esm/${file}`))
    const isPage = has('wire/protocol.js') && !has('handlers/protocol/index.js') && !has('sockets/index.js')
    const text = outputFiles[0].text
    const hasNode = /\bprocess\.|\brequire\(|\bBuffer\b|node:/.test(text)
    report(
      `${what}: ${bytes} bytes gzipped`,
      isPage && !hasNode && bytes < MAX_BYTES,
      `the limit is ${MAX_BYTES}\n${files.join('\n')}`,
    )
  } catch (error) {
    report(what, false, error.message)
  }
}

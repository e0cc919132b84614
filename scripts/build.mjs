// Builds dist/esm and dist/cjs side by side, the browser client by its own settings, and its bundles; prints nothing when all
// is well.
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const COMMONJS = ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false']

const node = (...args) => run(process.execPath, args, { cwd: root })
// Whoever lives in browsers knows no Node, and the other way round. Both need wire/, so one is made after the other.
async function build(folder, config, more) {
  await node(tsc, '-p', config)
  await node(tsc, '-p', 'src/client/tsconfig.json', '--outDir', `dist/${folder}`, ...more)
}

await rm(`${root}dist`, { recursive: true, force: true })
try {
  await Promise.all([build('esm', 'tsconfig.json', []), build('cjs', 'tsconfig.cjs.json', COMMONJS), node('scripts/client.mjs')])
} catch (error) {
  process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? error}\n`)
  process.exit(1)
}
await mkdir(`${root}dist/cjs`, { recursive: true })
await writeFile(`${root}dist/cjs/package.json`, '{"type":"commonjs"}\n')

// Builds dist/esm and dist/cjs side by side; prints nothing when all is well.
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))

await rm(`${root}dist`, { recursive: true, force: true })
try {
  await Promise.all(
    ['tsconfig.json', 'tsconfig.cjs.json'].map((config) => run(process.execPath, [tsc, '-p', config], { cwd: root })),
  )
} catch (error) {
  process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? error}\n`)
  process.exit(1)
}
await mkdir(`${root}dist/cjs`, { recursive: true })
await writeFile(`${root}dist/cjs/package.json`, '{"type":"commonjs"}\n')

// `npm run build`: dist/esm and dist/cjs side by side, and the browser client as one file; prints nothing when all is well.
// Types come from tsc, file by file. Code comes from esbuild: one file for each door of package.json and the files that doors share,
// since Node takes its time for each file that it loads (`npm run test:pkg` prints what a door costs).
import { rm } from 'node:fs/promises'
import { code } from './build/code.mjs'
import { declarations } from './build/declarations.mjs'
import { root, run } from './build/run.mjs'

await rm(`${root}dist`, { recursive: true, force: true })
try {
  await Promise.all([declarations(), code(), run('scripts/client.mjs')])
} catch (error) {
  process.stderr.write(`${error.stdout ?? ''}${error.stderr ?? error}\n`)
  process.exit(1)
}

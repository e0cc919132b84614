// npm run simulate: compiles test/simulation with the sources and runs it. Compiled, because tsx gives each function its name anew,
// which makes a simulation half as slow again. Its own arguments go through.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Bundler } from '../test/simulation/bundle.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = `${root}node_modules/.cache/gensock-simulation/main.mjs`
const bundler = new Bundler(root)
await bundler.bundle(outfile)
await bundler.end()
const { status } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exitCode = status ?? 1

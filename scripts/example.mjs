// Runs an example on the sources of the library, without a build: `npm run example NAME`. Without a name it lists them.
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const [name = ''] = process.argv.slice(2)
// `npm start` builds what the playground shows.
const names = readdirSync(new URL('examples/', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'playground')
  .map((entry) => entry.name)

if (names.includes(name)) {
  // Tells tsx where `gensock` is, before it is loaded.
  process.env['TSX_TSCONFIG_PATH'] = fileURLToPath(new URL('tsconfig.test.json', root))
  await import('tsx')
  await import(new URL(`examples/${name}/main.ts`, root).href)
} else {
  console.error(`npm run example NAME, with one of ${names.join(', ')}`)
  process.exitCode = 1
}

// npm run docs: the API reference and the guides as a static site in `site/`, then a walk through it. TypeDoc is a package of this
// folder only: it is installed when it is not there yet, or is another than the lock file says.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const LOCK = join(HERE, 'package-lock.json')
const INSTALLED = join(HERE, 'node_modules/.package-lock.json')

process.chdir(join(HERE, '../..'))
if (!existsSync(INSTALLED) || statSync(INSTALLED).mtimeMs < statSync(LOCK).mtimeMs) {
  const { status } = spawnSync('npm', ['ci', '--prefix', HERE, '--no-audit', '--no-fund'], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
const { build } = await import('./build.mjs')
const { check } = await import('./check.mjs')
const OUT = 'site'
rmSync(OUT, { recursive: true, force: true })
const site = await build(OUT)
const faults = site === undefined ? ['TypeDoc has found something, see above'] : check(OUT, site)
for (const fault of faults) console.error(fault)
if (faults.length === 0)
  console.log(`${OUT}/index.html: ${site.doors.length} doors, ${site.pages.length} pages; every link leads somewhere`)
process.exitCode = faults.length === 0 ? 0 : 1

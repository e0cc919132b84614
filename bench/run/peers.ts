// The private package bench/peers: what a Node user would take instead. Installed when it is not there yet; without it the
// columns of the peers stay empty.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join('bench', 'peers')
const LIMIT_MS = 300_000

/** Are the peers there, now? Says what it does about it. */
export function peersInstalled(say: (line: string) => void): boolean {
  if (existsSync(join(FOLDER, 'node_modules'))) return true
  say('bench/peers is not installed: npm ci there first')
  try {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
    execFileSync('npm', args, { cwd: FOLDER, stdio: 'pipe', timeout: LIMIT_MS })
    return true
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error).trim()
    say(`npm ci in bench/peers failed, the columns of the peers stay empty: ${said.split('\n').at(-1)}`)
    return false
  }
}

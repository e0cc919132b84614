// Holds docs/fallback.md to what happens: its example is run with curl, its numbers are those of the code.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'
import type { SocketHandler } from 'gensock/socket'
import { FALLBACK_DEFAULTS } from '../../src/sockets/options.js'
import { plainWorld } from './plain-world.js'

const world = plainWorld()
const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
const page = readFileSync('docs/fallback.md', 'utf8')
const ID = '0123456789abcdefghijkl'

test('the connection by hand goes as the page says', async () => {
  await world.serve(echo)
  const console_ = /```console\n([^]*?)```/.exec(page)?.[1] ?? ''
  const steps = [...console_.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)]
  expect(steps).toHaveLength(7)
  let id = ID
  for (const [, command, expected] of steps) {
    const env = { ...process.env, url: `http://127.0.0.1:${world.listener().port}/ws`, id }
    const { stdout } = await promisify(execFile)('sh', ['-c', command as string], { env })
    if (command?.includes('gensock=open') === true) ({ id } = JSON.parse(stdout) as { id: string })
    expect(`$ ${command}\n${stdout.replace(id, ID).trimEnd()}\n`).toBe(`$ ${command}\n${(expected as string).trimEnd()}\n`)
  }
})

test('its limits are those of the code', () => {
  const rows = new Map([...page.matchAll(/^\| `?(.+?)`? \| ([^|]+) \|/gm)].map(([, name, value]) => [name, value]))
  for (const [name, value] of Object.entries(FALLBACK_DEFAULTS))
    expect([name, rows.get(name)]).toEqual([name, String(value).replace(/\B(?=(\d{3})+$)/g, ' ')])
  const constants = [
    ['src/transports/sends.ts', 'SHORT_BYTES = 65_536', 'JSON_BYTES = 6', 'MAX_READ = 2'],
    ['src/transports/body.ts', 'STILL_MS = 10_000'],
    ['src/transports/long-poll.ts', 'ANSWER = 262_144'],
    ['src/transports/carried.ts', 'MAX_PONGS = 512', 'FLUSH_MS = 10_000', 'CLOSE_MS = 2000'],
  ] as const
  for (const [file, ...lines] of constants) for (const line of lines) expect(readFileSync(file, 'utf8')).toContain(line)
})

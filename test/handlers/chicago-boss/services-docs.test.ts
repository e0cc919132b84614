// Holds docs/services.md to what happens: its program runs as it stands, its tables are those of the code, its nginx settings those
// that test/foreign/nginx.ts runs nginx with.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from '@jest/globals'
import { services, type ServiceModule } from 'gensock/chicago-boss'
import { fakeTransport, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { bossOptions } from '../../../src/handlers/chicago-boss/options.js'
import { folderWith } from './files.js'

const page = readFileSync('docs/services.md', 'utf8')
/** The blocks of a language, by the name of the file in their first line. */
function blocks(language: string): Readonly<Record<string, string>> {
  const found = page.matchAll(new RegExp(`\`\`\`${language}(?: program)?\\n(?:// (\\S+)\\n)?([^]*?)\`\`\``, 'g'))
  return Object.fromEntries([...found].map(([, file, code]) => [file ?? '', code as string]))
}

describe('its program', () => {
  let program: ChildProcess | undefined
  const clients: WebSocket[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) client.terminate()
    if (program === undefined || program.exitCode !== null) return
    program.kill('SIGKILL')
    await once(program, 'close')
  })

  /** Runs it on a free port of this machine. */
  async function start(): Promise<number> {
    const { 'main.ts': main, ...others } = blocks('ts')
    expect(Object.keys(others)).toEqual(['websocket/myapp_chat_websocket.ts'])
    expect(main).toContain('listen({ port: 8001, routes })')
    const here = (main as string).replace('port: 8001', "host: '127.0.0.1', port: 0")
    const folder = folderWith({
      ...others,
      'main.ts': `${here}\nconsole.log(listener.port)`,
      'package.json': '{ "type": "module" }',
    })
    const env = { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json' }
    const args = ['--import', 'tsx', join(folder, 'main.ts')]
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: 20_000 })
    program = child
    const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    return Number(port)
  }
  /** Someone at the chat, and what he hears. */
  async function enter(port: number, cookie?: string): Promise<WebSocket> {
    const url = `ws://127.0.0.1:${port}/websocket/chat`
    const client = new WebSocket(
      url,
      'some_service_name',
      cookie === undefined ? {} : { headers: { Cookie: `_boss_session=${cookie}` } },
    )
    clients.push(client)
    await once(client, 'open')
    return client
  }

  test('runs: those who have joined hear each other, and the first subprotocol is answered', async () => {
    const port = await start()
    const [ann, nobody] = [await enter(port, 'ann'), await enter(port)]
    expect(nobody.protocol).toBe('some_service_name')
    for (const [from, text, said] of [
      [ann, 'hi', 'ann: hi'],
      [nobody, 'hello', 'somebody: hello'],
    ] as const) {
      const heard = Promise.all([once(ann, 'message'), once(nobody, 'message')])
      from.send(text)
      expect((await heard).map(([data]) => String(data))).toEqual([said, said])
    }
  }, 30_000)
})

describe('its tables', () => {
  test('have the callbacks that there are, with their parameters', () => {
    const rows = [...page.matchAll(/^\| `(\w+)\(([\w, ]*)\)` \|.*\| (undefined|of the socket) \|$/gm)]
    expect(rows.map(([, name]) => name)).toEqual([
      'init',
      'handleJoin',
      'handleIncoming',
      'handleClose',
      'handleBroadcast',
      'handleInfo',
      'terminate',
    ])
    // One parameter more than a callback has is refused, with a list of those that it has.
    const tooMany = (_a: 1, _b: 2, _c: 3, _d: 4, _e: 5): void => undefined
    const module = () => Object.fromEntries(rows.map(([, name]) => [name, tooMany]))
    const lists = rows.map(([, name, list]) => `${name} takes 5 parameters, it is called with \\d: \\(${list}\\)`)
    expect(() => services({ my_a_websocket: module as unknown as ServiceModule<null> })).toThrow(
      new RegExp(String.raw`: ${lists.join('; ')} \(see `),
    )
  })

  test('say which of them are given a socket', async () => {
    const node = testNode()
    const told: string[] = []
    const spy: ServiceModule<null> = (_req, sessionId) => {
      const of = (name: string): (() => readonly ['noreply', null]) => {
        return () => {
          told.push(`${name} ${sessionId === undefined ? 'undefined' : 'of the socket'}`)
          return ['noreply', null]
        }
      }
      return {
        init: () => {
          of('init')()
          return ['ok', null]
        },
        handleJoin: of('handleJoin'),
        handleIncoming: of('handleIncoming'),
        handleClose: of('handleClose'),
        handleBroadcast: of('handleBroadcast'),
        handleInfo: of('handleInfo'),
        terminate: () => void of('terminate')(),
      }
    }
    const boss = await services({ my_spy_websocket: spy }, { node })
    const socket = fakeTransport(node, boss.routes[0], { request: { cookies: { _boss_session: 'ann' } } })
    socket.send('hi')
    await node.settle()
    socket.close(1000, '')
    await node.settle()
    boss.broadcast(spy, null)
    node.send('my_spy_websocket', 'info')
    await node.settle()
    await node.stop()
    const rows = [...page.matchAll(/^\| `(\w+)\([\w, ]*\)` \|.*\| (undefined|of the socket) \|$/gm)]
    expect(told).toEqual(rows.map(([, name, whose]) => `${name} ${whose}`))
  })

  test('say when a service gives up', () => {
    const row = /^\| it gives up \| at the (\d+)th crash within (\d+) s, .* \| at the (\d+)th within (\d+) s, /m.exec(page)
    const [replay, faithful] = [bossOptions('here', {}), bossOptions('here', { restart: 'faithful' })]
    const counts = [replay, faithful].flatMap(({ intensity, periodMs }) => [intensity + 1, periodMs / 1000])
    expect(row?.slice(1).map(Number)).toEqual(counts)
  })
})

test('its nginx settings are those that the tests run nginx with', () => {
  const [settings] = Object.values(blocks('nginx'))
  expect(settings?.trim().split('\n')).toHaveLength(5)
  expect(readFileSync('test/foreign/nginx.ts', 'utf8')).toContain(`\`\n${settings?.trim()}\``)
})

test('it is short enough to be read', () => {
  const seen = page.replaceAll(/<!--[^]*?-->\n/g, '')
  expect(seen.split('\n').length).toBeLessThan(125)
})

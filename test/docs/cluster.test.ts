// docs/deployment.md: its programs, on their own: a server that drains, and a chat on two workers of Node's cluster.
import { once } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { WebSocket } from 'ws'
import { client, type DocsClient } from './kit.js'
import { pageProgram, program, type Running } from './page-program.js'

const server = pageProgram('docs/deployment.md', 'server.ts')
const chat = pageProgram('docs/deployment.md', 'cluster.ts')
const draining = program('test/docs/draining-workers.ts')

describe('server.ts', () => {
  const at = ({ port }: Running, path: string): string => `http://127.0.0.1:${port}${path}`
  const get = (url: string, method = 'GET'): Promise<Response> => fetch(url, { method, headers: { connection: 'close' } })

  test('serves sockets, fallbacks and a health check; SIGTERM closes with 1012, and the program ends with 0', async () => {
    const run = await server()
    await run.lines(/^listening$/, 1)
    expect((await get(at(run, '/health'))).status).toBe(200)
    expect((await get(at(run, '/ws?gensock=open&via=sse'), 'POST')).status).toBe(200)
    const ann = await client(`ws://127.0.0.1:${run.port}/ws`)
    ann.send('hi')
    expect(await ann.next()).toBe('hi')
    run.kill('SIGTERM')
    expect((await ann.closed).code).toBe(1012)
    expect(await run.ended).toEqual({ code: 0, signal: null, stderr: '' })
  }, 30_000)

  /** Who of sixty more gets in. */
  async function crowd({ port }: Running): Promise<readonly boolean[]> {
    const others = Array.from({ length: 60 }, () => new WebSocket(`ws://127.0.0.1:${port}/ws`))
    const opened = await Promise.all(
      others.map((other) =>
        once(other, 'open').then(
          () => true,
          () => false, // an error
        ),
      ),
    )
    for (const other of others) other.terminate()
    return opened
  }

  test('without a free file handle nobody gets in, and those who are in live on', async () => {
    const run = await server('ulimit -n 48')
    await run.lines(/^listening$/, 1)
    const ann = await client(`ws://127.0.0.1:${run.port}/ws`)
    expect(new Set(await crowd(run))).toEqual(new Set([true, false]))
    ann.send('still here')
    expect(await ann.next()).toBe('still here')
  }, 30_000)

  test('Node raises the soft limit of file handles to the hard one', async () => {
    const run = await server('ulimit -Sn 48')
    await run.lines(/^listening$/, 1)
    expect(new Set(await crowd(run))).toEqual(new Set([true]))
  }, 30_000)
})

describe('cluster.ts', () => {
  interface Guest extends DocsClient {
    /** The pid of the worker that has greeted him. */
    readonly worker: number
  }
  async function enter({ port }: Running): Promise<Guest> {
    const guest = await client(`ws://127.0.0.1:${port}/ws`)
    const [, pid] = /^worker (\d+)$/.exec(String(await guest.next())) ?? []
    return { ...guest, worker: Number(pid) }
  }
  /** Guests until there is one at each of two workers. */
  async function party(run: Running): Promise<readonly [Guest, Guest]> {
    const first = await enter(run)
    for (;;) {
      const second = await enter(run)
      if (second.worker !== first.worker) return [first, second]
      second.socket.terminate()
    }
  }
  /** What one says reaches both. */
  async function talk(ann: Guest, bob: Guest): Promise<void> {
    ann.send('hello')
    expect([await ann.next(), await bob.next()]).toEqual(['hello', 'hello'])
  }

  test('a worker that is killed takes its sockets with it, and another takes its place; SIGTERM ends all with 0', async () => {
    const run = await chat()
    const [one, two] = await run.lines(/^worker \d+ listens$/, 2)
    const [ann, bob] = await party(run)
    expect(new Set([one, two])).toEqual(new Set([ann, bob].map(({ worker }) => `worker ${worker} listens`)))
    await talk(ann, bob)
    process.kill(ann.worker, 'SIGKILL')
    expect((await ann.closed).code).toBe(1006)
    await run.lines(/^worker \d+ listens$/, 3)
    const [cid, dan] = await party(run)
    expect([cid.worker, dan.worker]).not.toContain(ann.worker)
    await talk(cid, dan)
    run.kill('SIGTERM')
    for (const { closed } of [bob, cid, dan]) expect((await closed).code).toBe(1012)
    expect(await run.ended).toEqual({ code: 0, signal: null, stderr: '' })
  }, 60_000)

  test('while a worker drains it still gets its share of new connections, and answers them 503', async () => {
    const run = await draining()
    await run.lines(/^worker \d+ listens$/, 2)
    const ann = await enter(run)
    process.kill(ann.worker, 'SIGTERM')
    expect((await ann.closed).code).toBe(1012)
    const answers: string[] = []
    for (let n = 0; n < 2; n++) {
      const answer = await enter(run).then(({ worker }) => String(worker !== ann.worker), String)
      answers.push(answer)
    }
    expect(new Set(answers)).toEqual(new Set(['true', 'Error: Unexpected server response: 503']))
    process.kill(ann.worker, 'SIGUSR2')
    await run.lines(new RegExp(`^worker ${ann.worker} has ended$`), 1)
    expect((await enter(run)).worker).not.toBe(ann.worker)
  }, 60_000)

  test('a worker that gets a SIGTERM drains, and another takes its place', async () => {
    const run = await chat()
    await run.lines(/^worker \d+ listens$/, 2)
    const [ann, bob] = await party(run)
    process.kill(ann.worker, 'SIGTERM')
    expect((await ann.closed).code).toBe(1012)
    await run.lines(/^worker \d+ listens$/, 3)
    const [cid, dan] = await party(run)
    await talk(cid, dan)
    expect(bob.socket.readyState).toBe(WebSocket.OPEN)
    run.kill('SIGTERM')
    expect((await run.ended).code).toBe(0)
  }, 60_000)
})

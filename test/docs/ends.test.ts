// docs/sockets.md: each row of its table of ends happens over a real connection, as the row says.
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import {
  accept,
  binary,
  close,
  listen,
  type Listener,
  type Result,
  route,
  type RouteOptions,
  type SocketHandler,
  type SocketPid,
  type SocketSelf,
  type TerminateReason,
} from 'gensock/socket'
import { client, type DocsClient } from './kit.js'

const [, table = ''] = readFileSync('docs/sockets.md', 'utf8').split('| what happens | close code |')
const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| (.+) \| (.+) \| (.+) \|$/gm)].slice(1)

interface World {
  readonly node: Node
  readonly listener: Listener
  readonly pid: SocketPid
  readonly ann: DocsClient
  /** Settles with what `terminate` hears. */
  readonly ended: Promise<TerminateReason>
}
interface Way {
  readonly code: number
  readonly options?: RouteOptions
  act(world: World): unknown
}
const says =
  (...texts: readonly string[]) =>
  ({ ann }: World): void =>
    texts.forEach((said) => ann.send(said))
const way = (code: number, act: Way['act'], options: RouteOptions = {}): Way => ({ code, act, options })

/** Does what the peer says. */
function obey(said: string, self: SocketSelf<never>): Result<null> {
  const [what, reason = ''] = said.split(' ')
  if (what === 'stop') return ['stop', reason, null]
  if (what === 'close') return ['push', close(4000), null]
  if (what === 'throw') throw new Error('on purpose')
  if (what === 'bad') return undefined as never
  if (what === 'exit') self.exit(reason)
  return ['push', what === 'flood' ? binary(new Uint8Array(16_000_000)) : [], null]
}

/** How to get there: the ways of each row, in the order of its codes. */
const WAYS: Readonly<Record<string, readonly Way[]>> = {
  "`['stop', reason, state]`": [way(1000, says('stop normal')), way(1001, says('stop shutdown'))],
  'a close command': [way(4000, says('close'))],
  'a callback throws, or answers what it may not': [way(1011, says('throw')), way(1011, says('bad'))],
  '`self.exit(reason)`, an exit signal, a link': [
    way(1000, says('exit normal')),
    way(1001, says('exit shutdown')),
    way(1011, says('exit oops')),
    way(1011, ({ node, pid }) => node.exit(pid, 'oops')),
  ],
  'it is killed': [way(1006, ({ node, pid }) => node.exit(pid, 'kill'))],
  'the peer closes': [way(4001, ({ ann }) => ann.close(4001, 'bye'))],
  'the connection is lost': [way(1006, ({ ann }) => ann.socket.terminate())],
  'nothing came for `idleTimeoutMs`': [way(1000, () => undefined, { idleTimeoutMs: 50, pingIntervalMs: 0 })],
  'the peer breaks RFC 6455': [way(1002, ({ ann }) => rawOf(ann).write(Buffer.from([0x8f, 0x80, 0, 0, 0, 0])))],
  'text that is no UTF-8': [way(1007, ({ ann }) => ann.socket.send(Buffer.of(0xff), { binary: false }))],
  'a message above `maxFrameBytes`': [way(1009, says('01234567890'), { maxFrameBytes: 10 })],
  'more than `maxFragments`': [
    way(1008, ({ ann }) => ['a', 'b', 'c'].forEach((part) => ann.socket.send(part, { fin: false })), { maxFragments: 2 }),
  ],
  'the peer sends more than `rate`': [way(1008, says('one', 'two'), { rate: { messages: { perSecond: 1 } } })],
  'the peer takes too little': [way(1013, takesLittle, { outboundHighBytes: 1000, maxBufferedBytes: 100_000_000 })],
  'the claims have ended': [way(4401, () => undefined, { authorize: () => accept(null, { expiresAt: Date.now() + 50 }) })],
  '`listener.closeAll()`': [way(1001, ({ listener }) => listener.closeAll())],
  '`listener.disconnectWhere(test)`': [way(1008, ({ listener }) => listener.disconnectWhere(() => true))],
  '`listener.drain()`': [way(1012, ({ listener }) => listener.drain({ deadlineMs: 5000 }))],
}

function rawOf({ socket }: DocsClient): { write(bytes: Buffer): void; pause(): void; resume(): void } {
  return (socket as unknown as { _socket: { write(bytes: Buffer): void; pause(): void; resume(): void } })._socket
}
async function takesLittle({ ann, ended }: World): Promise<void> {
  ann.socket.pause()
  says('flood', 'more', 'flood')({ ann } as World)
  await ended
  ann.socket.resume()
}

let node: Node | undefined
afterEach(() => node?.stop({ deadlineMs: 100 }))

/** The code that the peer sees, and what `terminate` has heard. */
async function seen({ options = {}, act }: Way): Promise<readonly [code: number, heard: TerminateReason | undefined]> {
  let heard: TerminateReason | undefined
  let settle: (reason: TerminateReason) => void = () => undefined
  const ended = new Promise<TerminateReason>((resolve) => (settle = resolve))
  const handler: SocketHandler<null> = {
    init: () => ['ok', null],
    handle: ([, data], _state, self) => obey(String(data), self),
    terminate(reason) {
      heard = reason
      settle(reason)
    },
  }
  const own = createNode({ logger: silentLogger })
  node = own
  const listener = await listen({ port: 0, host: '127.0.0.1', node: own, routes: [route('/ws', handler, options)] })
  const ann = await client(`ws://127.0.0.1:${listener.port}/ws`)
  const [pid] = listener.sockets()
  await act({ node: own, listener, pid: pid as SocketPid, ann, ended })
  const { code } = await ann.closed
  // A kill is heard by nobody; anything else is, perhaps a moment after the peer is gone.
  if (listener.sockets().length > 0) await ended
  return [code, heard]
}

/** As the page has it: the type, and what there is to know. */
function words(heard: TerminateReason | undefined): readonly string[] {
  if (heard === undefined) return ['nothing']
  return heard.type === 'error' ? [heard.type, heard.error] : [heard.type]
}

test('the table has a row for each of these ends, and for no other', () => {
  expect(rows.map(([, what]) => what)).toEqual(Object.keys(WAYS))
})

test.each(rows.map(([, what, codes, hears]) => [what, codes, hears] as const))('%s: %s', async (what, codes, hears) => {
  for (const one of WAYS[what as string] ?? []) {
    const [code, heard] = await seen(one)
    expect(code).toBe(one.code)
    // "its own", "the same": the one that was given.
    if (!/its own|the same/.test(codes as string)) expect(codes).toContain(String(code))
    const said = (hears as string).replaceAll('`', '').split(/[,:] /)
    expect(said.slice(0, words(heard).length)).toEqual(words(heard))
    if (heard?.type === 'stop' || heard?.type === 'exit') expect([heard.reason, 'reason']).toContain(said[1])
    await node?.stop({ deadlineMs: 100 })
  }
})

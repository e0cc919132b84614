// Why a socket ended, as the document lists it ("-type terminate_reason()"): what each cause on a real connection is for
// handleClose, and that a service hears of it once.
import { afterEach, describe, expect, test } from '@jest/globals'
import { exit, type ExitReason, send } from 'gensock'
import type { BossOptions, Service, WebSocketPid } from 'gensock/chicago-boss'
import { closeFrame, frame, PING, type RawClient, TEXT } from '../cowboy/raw-client.js'
import { endServed, type Recorded, recorded, serve, type Served } from './case-world.js'

afterEach(endServed)

const NAME = 'myapp_chat_websocket'
/** What ends the socket. */
type Act = (client: RawClient, served: Served, chat: Recorded) => unknown
interface End {
  readonly act: Act
  /** What the client sees: frames, or 'cut' without a close frame; undefined if it is the client that is gone. */
  readonly seen: readonly string[] | undefined
  readonly route?: BossOptions['route']
}
const writes =
  (...frames: readonly Buffer[]): Act =>
  (client) =>
    client.write(Buffer.concat(frames))
const signals =
  (reason: ExitReason): Act =>
  (_client, { node }, { met }) =>
    node.run(() => exit(met[0]?.[1] as WebSocketPid, reason))
const closing: Partial<Service<number>> = {
  handleIncoming(_url, webSocket, _message, n) {
    send(webSocket, ['close', 4000, 'x'])
    send(webSocket, ['text', 'too late'])
    return ['noreply', n]
  },
}

/** Ends a socket and answers what was seen on both sides. */
async function ended({ act, seen, route = {} }: End, restart: 'replay' | 'faithful'): Promise<readonly unknown[]> {
  const chat = recorded(closing)
  const served = await serve({ [NAME]: chat }, { restart, route })
  const client = await served.raw()
  await chat.called('join')
  const end = served.ended()
  const acted = act(client, served, chat)
  expect(seen === undefined ? undefined : await client.rest()).toEqual(seen)
  await Promise.all([acted, end])
  // The router has heard of the end as well, and the service has done all that was there before the broadcast.
  await served.boss.services()
  served.boss.broadcast(NAME, 'that was all')
  await chat.called('broadcast')
  expect(chat.calls.map(([callback]) => callback).filter((one) => one !== 'incoming')).toEqual([
    'init',
    'join',
    'close',
    'broadcast',
  ])
  return chat.calls.find(([callback]) => callback === 'close') as readonly unknown[]
}

const BAD_UTF8 = Buffer.from([0x61, 0xff])
const ENDS: Readonly<Record<string, readonly (readonly [name: string, reason: readonly unknown[], end: End])[]>> = {
  '{normal, shutdown}': [
    ['the service sends a close frame', ['normal', 'shutdown'], { act: writes(frame(TEXT, 'x')), seen: ['close 4000 x'] }],
    [
      'the listener drains',
      ['normal', 'shutdown'],
      { act: (_client, { listener }) => listener.drain({ deadlineMs: 1000 }), seen: ['close 1012'] },
    ],
    ['its process is told to shut down', ['normal', 'shutdown'], { act: signals('shutdown'), seen: ['close 1001'] }],
  ],
  '{normal, timeout}': [
    [
      'nothing comes for the time of the route',
      ['normal', 'timeout'],
      { act: () => undefined, seen: ['close 1000'], route: { idleTimeoutMs: 30 } },
    ],
  ],
  '{error, closed}': [
    ['the client cuts the connection', ['error', 'closed'], { act: (client) => client.cut(), seen: undefined }],
    ['the client resets it', ['error', 'closed'], { act: (client) => client.reset(), seen: undefined }],
    ['the client ends it without a close frame', ['error', 'closed'], { act: (client) => client.socket.end(), seen: ['cut'] }],
    [
      'it is cut within a frame',
      ['error', 'closed'],
      { act: (client) => client.socket.end(frame(TEXT, 'half').subarray(0, 8)), seen: ['cut'] },
    ],
  ],
  '{remote, closed}': [['the close frame is empty', ['remote', 'closed'], { act: writes(closeFrame()), seen: ['close'] }]],
  '{remote, Code, Text}': [
    ['the close frame has a code', ['remote', 1000, ''], { act: writes(closeFrame(1000)), seen: ['close 1000'] }],
    ['and a text', ['remote', 4999, 'bye \u00fc'], { act: writes(closeFrame(4999, 'bye \u00fc')), seen: ['close 4999'] }],
    ['more comes behind it', ['remote', 1001, ''], { act: writes(closeFrame(1001), frame(TEXT, 'x')), seen: ['close 1001'] }],
  ],
  '{error, badencoding}': [
    ['a text is no UTF-8', ['error', 'badencoding'], { act: writes(frame(TEXT, BAD_UTF8)), seen: ['close 1007'] }],
    [
      'the text of a close frame is none',
      ['error', 'badencoding'],
      { act: writes(frame(8, Buffer.concat([Buffer.from([3, 232]), BAD_UTF8]))), seen: ['close 1007'] },
    ],
  ],
  '{error, badframe}': [
    ['a frame is not masked', ['error', 'badframe'], { act: writes(frame(TEXT, 'x', { masked: false })), seen: ['close 1002'] }],
    ['its opcode is unknown', ['error', 'badframe'], { act: writes(frame(3, 'x')), seen: ['close 1002'] }],
    [
      'it has a bit that nobody has agreed on',
      ['error', 'badframe'],
      { act: writes(frame(TEXT, 'x', { rsv: 4 })), seen: ['close 1002'] },
    ],
    ['a ping is in parts', ['error', 'badframe'], { act: writes(frame(PING, 'x', { fin: false })), seen: ['close 1002'] }],
    ['a close code is none', ['error', 'badframe'], { act: writes(closeFrame(1005)), seen: ['close 1002'] }],
  ],
  '{error, atom()}': [
    [
      'a message is too long',
      ['error', 'badsize'],
      { act: writes(frame(TEXT, 'x'.repeat(11))), seen: ['close 1009'], route: { maxFrameBytes: 10 } },
    ],
    [
      'there are too many messages',
      ['error', 'rate_exceeded'],
      {
        act: writes(frame(PING), frame(PING), frame(PING)),
        seen: ['pong', 'pong', 'close 1008'],
        route: { rate: { messages: { perSecond: 1, burst: 2 } } },
      },
    ],
    ['its process is killed', ['error', 'killed'], { act: signals('kill'), seen: ['cut'] }],
    ['its process is ended by another', ['error', 'handler'], { act: signals('why'), seen: ['close 1011'] }],
  ],
}

describe.each(Object.entries(ENDS))('%s', (_reason, ends) => {
  test.each(ends)('%s', async (_name, reason, end) => {
    for (const restart of ['replay', 'faithful'] as const) {
      expect(await ended(end, restart)).toEqual(['close', undefined, reason, 1])
      await endServed()
    }
  })
})

// The client and real servers of a contract on 127.0.0.1, over each transport: what they agree on, renewals, cables that are pulled,
// listeners that begin anew.
import { describe, expect, jest, test } from '@jest/globals'
import { defineProtocol, jsonCodec, protocolHandler, type ProtocolOptions, protocolVersions } from 'gensock/protocol'
import { accept, reject, type SocketHandler } from 'gensock/socket'
import { z } from 'zod'
import { bytesCodec, chat, type ChatClient, type Gate, gate, type Peer, realTalk } from './protocol-kit.js'

const real = realTalk()
// Of whole networks, on a machine that may have other things to do.
jest.setTimeout(30_000)
type Via = 'ws' | 'sse' | 'longPoll'
const VIAS: readonly Via[] = ['ws', 'sse', 'longPoll']

/** What a server has done. */
interface Books {
  /** Each payment that was run. */
  readonly paid: number[]
  /** What the clients have answered. */
  readonly answers: unknown[]
  /** Payments take until it opens. */
  till: Gate | undefined
}
function books(): Books {
  return { paid: [], answers: [], till: undefined }
}
function chatServer(kept: Books, options: ProtocolOptions = {}) {
  return protocolHandler<readonly string[]>()(
    chat,
    {
      init: () => ['ok', []],
      on: {
        say({ line }, lines, self) {
          self.push.said({ line })
          return ['ok', [...lines, line]]
        },
        clear: () => ['ok', []],
        async loose(_message, lines, self) {
          const answer = await self.call.areYouThere({ who: 'server' }).catch((error: { error: string }) => error.error)
          kept.answers.push(answer)
          self.push.heard(kept.answers.length)
          return ['ok', lines]
        },
      },
      calls: {
        history: ({ last }, _from, lines) =>
          last > 100 ? ['error', 'tooMany', 100, lines] : ['reply', lines.slice(-last), lines],
        count: (_nothing, _from, lines) => ['reply', lines.length, lines],
        async pay(amount, _from, lines) {
          kept.paid.push(amount)
          if (kept.till !== undefined) await kept.till.opened
          return ['reply', kept.paid.length, lines]
        },
        loosely: (value, _from, lines) => ['reply', value, lines],
        slowly: (_nothing, _from, lines) => ['reply', 'done', lines],
      },
    },
    options,
  )
}
const opened = async <P extends Peer<any>>(peer: P, times = 1): Promise<P> => {
  await peer.until(() => peer.opened.length >= times)
  return peer
}
/** Waits for the server, in turns of the event loop. */
async function reached(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

/** Pays 1, 2, 3 and so on, several at a time, until this is so; answers what was paid once every one has been answered. */
async function payUntil({ client }: { readonly client: ChatClient }, isSo: () => boolean): Promise<number[]> {
  const paid: number[] = []
  const payer = async (): Promise<void> => {
    while (!isSo()) {
      const amount = paid.push(paid.length + 1)
      await client.call.pay(amount)
    }
  }
  await Promise.all(Array.from({ length: 10 }, payer))
  return paid
}

describe.each(VIAS)('over %s', (via) => {
  const transports = [via]

  test('messages, calls and errors go both ways, in order', async () => {
    const kept = books()
    await real.serve(chatServer(kept))
    const { client, ...peer } = real.connect({ protocol: chat, transports })
    const lines: string[] = []
    const early = client.call.count()
    client.on.said(({ line }) => lines.push(line))
    expect(await early).toBe(0)
    expect([peer.opened, peer.agreed]).toEqual([[{ resumed: 'new', transport: via }], ['chat.1']])
    const given = Array.from({ length: 50 }, (_, at) => `line ${at} grüße`)
    for (const line of given) expect(client.send.say({ line })).toBe(true)
    expect(await client.call.history({ last: 2 })).toEqual(given.slice(-2))
    expect(lines).toEqual(given)
    await expect(client.call.history({ last: 101 })).rejects.toMatchObject({ reason: 'error', error: 'tooMany', data: 100 })
    expect(peer.problems).toEqual([])
  })

  test('the server asks the client, which answers, or fails as the contract says', async () => {
    const kept = books()
    await real.serve(chatServer(kept))
    const { client } = await opened(real.connect({ protocol: chat, transports }))
    const heard: Promise<number>[] = []
    const next = (): Promise<number> => new Promise((resolve) => client.on.heard(resolve))
    client.answer.areYouThere(({ who }) => who === 'server')
    heard.push(next())
    client.send.loose()
    await heard[0]
    client.answer.areYouThere((_request, fail) => fail('busy', 'now'))
    heard.push(next())
    client.send.loose()
    await heard[1]
    expect(kept.answers).toEqual([true, 'busy'])
  })

  test('the server takes the first of its own codecs that the client offers', async () => {
    const kept = books()
    await real.serve(chatServer(kept, { codecs: [bytesCodec, jsonCodec] }))
    const both = real.connect({ protocol: chat, transports, codecs: [jsonCodec, bytesCodec] })
    const plain = real.connect({ protocol: chat, transports })
    for (const [peer, agreed] of [[both, 'chat.1+b64'] as const, [plain, 'chat.1'] as const]) {
      expect(await peer.client.call.loosely({ a: ['grüße', null] })).toEqual({ a: ['grüße', null] })
      expect(peer.agreed).toEqual([agreed])
    }
  })

  test('where the server has not got the best of its codecs, the client speaks the other one', async () => {
    await real.serve(chatServer(books()))
    const { client, agreed } = real.connect({ protocol: chat, transports, codecs: [bytesCodec, jsonCodec] })
    expect([await client.call.count(), agreed]).toEqual([0, ['chat.1']])
  })

  test('a server of another version ends it with 4406 and says what it speaks; nobody tries again', async () => {
    const handler = chatServer(books())
    await real.serve(handler)
    const later = defineProtocol({ version: 'chat.2', toServer: {}, toClient: {} })
    const peer = real.connect({ protocol: later, transports })
    await peer.until(() => peer.closed.length > 0)
    const end = { code: 4406, reason: 'this server speaks chat.1, not chat.2', willRetry: false }
    expect([peer.closed, peer.left, peer.client.state]).toEqual([[end], [end], 'closed'])
    expect([handler.counters().refusedVersions, real.listener.sockets().length]).toEqual([1, 0])
  })

  test('a client of the version before gets the handler that speaks it', async () => {
    const later = defineProtocol({
      version: 'chat.2',
      toServer: { calls: { count: { request: z.undefined(), reply: z.string() } } },
      toClient: {},
    })
    const newest = protocolHandler<null>()(later, {
      init: () => ['ok', null],
      calls: { count: (_nothing, _from, state) => ['reply', 'two', state] },
    })
    await real.serve(protocolVersions(newest, chatServer(books())))
    const [one, two] = [real.connect({ protocol: chat, transports }), real.connect({ protocol: later, transports })]
    expect([await one.client.call.count(), await two.client.call.count()]).toEqual([0, 'two'])
  })

  test('claims that end are renewed: a new token, another connection, and each call that was under way is run once', async () => {
    const kept = books()
    let tokens = 0
    await real.serve(chatServer(kept), {
      // A token is good once, and for 100 ms.
      authorize: ({ query }) =>
        query.get('token') === `token ${tokens}` ? accept(tokens, { expiresAt: Date.now() + 100 }) : reject(401),
    })
    const peer = real.connect({ protocol: chat, transports, token: () => `token ${++tokens}` })
    const paid = await payUntil(peer, () => peer.opened.length > 4)
    expect(kept.paid.toSorted((a, b) => a - b)).toEqual(paid)
    const renewals = peer.left.map(({ code, willRetry }) => [code, willRetry])
    expect(renewals).toEqual(renewals.map(() => [4401, true]))
    // A token that is not the newest would be refused with 401: each connection had one of its own.
    expect([renewals.length >= 4, tokens >= peer.opened.length]).toEqual([true, true])
  })
})

describe.each<Via>(['ws', 'sse', 'longPoll'])('over %s, of which the cable is pulled', (via) => {
  const transports = [via]
  /** Until the client has noticed: over plain HTTP a request that is cut is repeated, and the connection lives. */
  async function pull(peer: Peer<any>): Promise<void> {
    const before = peer.opened.length
    real.box.cut()
    if (via === 'ws') await opened(peer, before + 1)
  }

  test('in the middle of a call that is delivered at least once: the server runs it once, and the client has its answer', async () => {
    const kept = books()
    const handler = chatServer(kept)
    await real.serve(handler)
    const peer = await opened(real.connect({ protocol: chat, transports }))
    kept.till = gate()
    const called = peer.client.call.pay(5)
    await reached(() => kept.paid.length > 0)
    for (let cut = 0; cut < 3; cut++) await pull(peer)
    kept.till.open()
    expect([await called, kept.paid]).toEqual([1, [5]])
    if (via === 'ws') expect(handler.counters().repeatedCalls).toBeGreaterThan(0)
  })

  test('before the answer has arrived, 20 times: each call is run once, and answered', async () => {
    const kept = books()
    await real.serve(chatServer(kept))
    const peer = await opened(real.connect({ protocol: chat, transports }))
    const replies: Promise<number>[] = []
    for (let cut = 0; cut < 20; cut++) {
      replies.push(peer.client.call.pay(cut))
      if (cut % 2 === 0) await reached(() => kept.paid.includes(cut))
      await pull(peer)
    }
    await Promise.all(replies)
    expect(kept.paid.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at))
  })
})

test('a call of which nobody says that it is delivered at least once rejects when the cable is pulled, and may have run', async () => {
  const kept = books()
  const held = gate()
  const handler = protocolHandler<null>()(
    defineProtocol({ version: 'once.1', toServer: { calls: { buy: { request: z.number(), reply: z.number() } } }, toClient: {} }),
    {
      init: () => ['ok', null],
      calls: {
        async buy(amount, _from, state) {
          kept.paid.push(amount)
          await held.opened
          return ['reply', amount, state]
        },
      },
    },
  )
  await real.serve(handler)
  const once = defineProtocol({
    version: 'once.1',
    toServer: { calls: { buy: { request: z.number(), reply: z.number() } } },
    toClient: {},
  })
  const peer = await opened(real.connect({ protocol: once, transports: ['ws'] }))
  const called = peer.client.call.buy(5)
  await reached(() => kept.paid.length > 0)
  real.box.cut()
  await expect(called).rejects.toMatchObject({ call: 'buy', reason: 'disconnected' })
  held.open()
  await opened(peer, 2)
  expect(kept.paid).toEqual([5])
})

describe('a listener that ends and begins anew', () => {
  test('with the same handler: each call that was under way is run once', async () => {
    const kept = books()
    const handler = chatServer(kept)
    await real.serve(handler)
    const peer = await opened(real.connect({ protocol: chat, transports: ['ws'] }))
    let isOver = false
    const paying = payUntil(peer, () => isOver)
    for (let restart = 0; restart < 3; restart++) {
      await reached(() => kept.paid.length > 20 * restart)
      await real.restart(handler)
      await opened(peer, restart + 2)
    }
    isOver = true
    const paid = await paying
    expect(kept.paid.toSorted((a, b) => a - b)).toEqual(paid)
    expect(peer.left[0]).toMatchObject({ code: 1012, willRetry: true })
  })

  test('with another one, which knows nothing: it runs, at least once', async () => {
    const [before, after] = [books(), books()]
    await real.serve(chatServer(before))
    const peer = await opened(real.connect({ protocol: chat, transports: ['ws'] }))
    before.till = gate()
    const called = peer.client.call.pay(5)
    await reached(() => before.paid.length > 0)
    real.box.down()
    before.till.open()
    await real.restart(chatServer(after))
    real.box.up()
    expect([await called, before.paid, after.paid]).toEqual([1, [5], [5]])
  })
})

describe('a server that knows no contract', () => {
  const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (_frame, state) => ['ok', state] }

  test.each<Via>(['sse', 'longPoll'])('answers no subprotocol over %s: the client closes with 4406', async (via) => {
    const ended: unknown[] = []
    await real.serve({ ...echo, terminate: (reason: unknown) => void ended.push(reason) })
    const peer = real.connect({ protocol: chat, transports: [via] })
    await peer.until(() => peer.closed.length > 0)
    expect(peer.closed).toEqual([{ code: 4406, reason: 'the server does not speak chat.1', willRetry: false }])
    await reached(() => ended.length > 0)
    expect(ended).toEqual([{ type: 'remote', code: 4406, reason: 'the server does not speak chat.1' }])
  })

  test('fails over a WebSocket, as RFC 6455 wants it, and is told by the next transport', async () => {
    await real.serve(echo)
    const peer = real.connect({ protocol: chat })
    await peer.until(() => peer.closed.length > 0)
    expect(peer.closed).toMatchObject([{ code: 4406 }])
    expect(peer.opened).toEqual([])
  })
})

// RFC 7692 sections 5 and 7.1: which offers of permessage-deflate are taken, and with which answer.
import { afterAll, describe, expect, test } from '@jest/globals'
import type { CompressOptions } from 'gensock/socket'
import { type Live, live } from './live.js'

const servers = new Map<string, Live>()
afterAll(() => Promise.all(Array.from(servers.values(), (server) => server.stop())))

/** The answer to an offer as a name and its parameters, or undefined. */
async function answerTo(
  offer: string,
  compress: boolean | CompressOptions = true,
): Promise<Record<string, string | true> | undefined> {
  const key = JSON.stringify(compress)
  const server = servers.get(key) ?? (await live({ compress, pingIntervalMs: 0 }))
  servers.set(key, server)
  const peer = await server.open(offer === '' ? {} : { headers: { 'Sec-WebSocket-Extensions': offer } })
  const answer = peer.header('Sec-WebSocket-Extensions')
  await server.leave(peer)
  if (answer === undefined) return undefined
  const [name, ...parameters] = answer.split(';').map((part) => part.trim())
  expect(name).toBe('permessage-deflate')
  return Object.fromEntries(parameters.map((one) => [one.split('=')[0], one.split('=')[1] ?? true]))
}

describe('5 and 7 offers', () => {
  test('RFC 6455 9 "A server MUST NOT respond with any extension not requested by the client."', async () => {
    expect(await answerTo('')).toBeUndefined()
    expect(await answerTo('x-webkit-deflate-frame, mux; max-channels=4')).toBeUndefined()
  })

  test('RFC 6455 9 "WebSocket servers MAY accept some or all extensions requested by the client": none without `compress`', async () => {
    expect(await answerTo('permessage-deflate; client_max_window_bits', false)).toBeUndefined()
  })

  test('a plain offer gets a plain answer', async () => {
    expect(await answerTo('permessage-deflate')).toEqual({})
  })

  const DECLINED: [string, string][] = [
    ['The negotiation offer contains an extension parameter not defined for use in an offer.', 'permessage-deflate; bogus'],
    [
      'The negotiation offer contains an extension parameter not defined for use in an offer.',
      'permessage-deflate; bogus=1; server_no_context_takeover',
    ],
    [
      'The negotiation offer contains an extension parameter with an invalid value.',
      'permessage-deflate; server_no_context_takeover=1',
    ],
    [
      'The negotiation offer contains an extension parameter with an invalid value.',
      'permessage-deflate; client_no_context_takeover=true',
    ],
    [
      'The negotiation offer contains an extension parameter with an invalid value.',
      'permessage-deflate; server_max_window_bits',
    ],
    ...['0', '7', '16', '08', '015', '+9', '9.0', '1e1', 'x'].flatMap((bits): [string, string][] => [
      [
        'The negotiation offer contains an extension parameter with an invalid value.',
        `permessage-deflate; server_max_window_bits=${bits}`,
      ],
      [
        'The negotiation offer contains an extension parameter with an invalid value.',
        `permessage-deflate; client_max_window_bits=${bits}`,
      ],
    ]),
    ...['server_no_context_takeover', 'client_no_context_takeover', 'client_max_window_bits'].map((name): [string, string] => [
      'The negotiation offer contains multiple extension parameters with the same name.',
      `permessage-deflate; ${name}; ${name}`,
    ]),
    [
      'The negotiation offer contains multiple extension parameters with the same name.',
      'permessage-deflate; server_max_window_bits=10; server_max_window_bits=10',
    ],
    [
      'The negotiation offer contains multiple extension parameters with the same name.',
      'permessage-deflate; client_max_window_bits; client_max_window_bits=10',
    ],
  ]
  test.each(DECLINED)('7 "A server MUST decline an extension negotiation offer [...] if [...] %s": %s', async (_why, offer) => {
    expect(await answerTo(offer)).toBeUndefined()
  })

  test.each([
    ['permessage-deflate; bogus, permessage-deflate; server_no_context_takeover', { server_no_context_takeover: true }],
    ['permessage-deflate; server_max_window_bits=16, permessage-deflate', {}],
    ['x-other; a=b, permessage-deflate; server_max_window_bits=9, permessage-deflate', { server_max_window_bits: '9' }],
    ['permessage-deflate; server_no_context_takeover, permessage-deflate', { server_no_context_takeover: true }],
    ['permessage-deflate, permessage-deflate; server_no_context_takeover', {}],
    ['permessage-deflate; bogus, permessage-deflate; client_max_window_bits=x, foo', undefined],
  ])(
    '5 "An element preceding another element has higher preference. It is recommended that a server accepts PMCEs ' +
      'with higher preference": %s',
    async (offer, expected) => {
      expect(await answerTo(offer)).toEqual(expected)
    },
  )

  test('RFC 6455 9.1: a value may be a quoted string', async () => {
    expect(await answerTo('permessage-deflate; server_max_window_bits="10"')).toEqual({ server_max_window_bits: '10' })
  })
})

describe('7.1.1.1 server_no_context_takeover', () => {
  test(
    '"A server accepts an extension negotiation offer that includes the "server_no_context_takeover" extension ' +
      'parameter by including the "server_no_context_takeover" extension parameter in the corresponding extension ' +
      'negotiation response"',
    async () => {
      expect(await answerTo('permessage-deflate; server_no_context_takeover')).toEqual({ server_no_context_takeover: true })
    },
  )
  test(
    '"A server MAY include the "server_no_context_takeover" extension parameter in an extension negotiation ' +
      "response even if the extension negotiation offer being accepted by the extension negotiation response didn't " +
      'include" it: serverNoContextTakeover',
    async () => {
      expect(await answerTo('permessage-deflate', { serverNoContextTakeover: true })).toEqual({
        server_no_context_takeover: true,
      })
    },
  )
})

describe('7.1.1.2 client_no_context_takeover', () => {
  test(
    '"the server may either ignore the parameter or use the parameter to avoid taking over the LZ77 sliding window ' +
      'unnecessarily by including the "client_no_context_takeover" extension parameter": used',
    async () => {
      expect(await answerTo('permessage-deflate; client_no_context_takeover')).toEqual({ client_no_context_takeover: true })
    },
  )
  test(
    '"A server MAY include the "client_no_context_takeover" extension parameter in an extension negotiation ' +
      'response.": clientNoContextTakeover',
    async () => {
      expect(await answerTo('permessage-deflate', { clientNoContextTakeover: true })).toEqual({
        client_no_context_takeover: true,
      })
    },
  )
})

describe('7.1.2.1 server_max_window_bits', () => {
  test.each([8, 9, 10, 11, 12, 13, 14, 15])(
    '"A server accepts an extension negotiation offer with this parameter by including the ' +
      '"server_max_window_bits" extension parameter in the extension negotiation response to send back to the client ' +
      'with the same or smaller value as the offer.": %i',
    async (bits) => {
      const answer = await answerTo(`permessage-deflate; server_max_window_bits=${bits}`)
      expect(Number(answer?.['server_max_window_bits'])).toBeLessThanOrEqual(bits)
      expect(Number(answer?.['server_max_window_bits'])).toBeGreaterThanOrEqual(8)
    },
  )
  test(
    '"A server MAY include the "server_max_window_bits" extension parameter in an extension negotiation response ' +
      'even if the extension negotiation offer being accepted by the response didn\'t include" it: serverMaxWindowBits',
    async () => {
      expect(await answerTo('permessage-deflate', { serverMaxWindowBits: 10 })).toEqual({ server_max_window_bits: '10' })
    },
  )
  test.each([
    [9, 10],
    [15, 10],
    [10, 10],
  ])('"with the same or smaller value as the offer": offered %i, serverMaxWindowBits %i', async (bits, serverMaxWindowBits) => {
    const answer = await answerTo(`permessage-deflate; server_max_window_bits=${bits}`, { serverMaxWindowBits })
    expect(Number(answer?.['server_max_window_bits'])).toBe(Math.min(bits, serverMaxWindowBits))
  })
})

describe('7.1.2.2 client_max_window_bits', () => {
  test.each(['', '=8', '=9', '=10', '=11', '=12', '=13', '=14', '=15'])(
    '"If a received extension negotiation offer has the "client_max_window_bits" extension parameter, the server ' +
      'MAY include the "client_max_window_bits" extension parameter in the corresponding extension negotiation ' +
      'response [...] with a value equal to or smaller than the received value": "%s"',
    async (value) => {
      const answer = await answerTo(`permessage-deflate; client_max_window_bits${value}`)
      const bits = answer?.['client_max_window_bits'] ?? '15'
      expect(answer).toBeDefined()
      expect(Number(bits)).toBeGreaterThanOrEqual(8)
      // A value that the server does not answer with is a hint that it ignores.
      if (answer?.['client_max_window_bits'] !== undefined) expect(Number(bits)).toBeLessThanOrEqual(Number(value.slice(1) || 15))
    },
  )
  test(
    '"By including this extension parameter in an extension negotiation response, a server limits the LZ77 sliding ' +
      'window size that the client uses to compress messages.": clientMaxWindowBits',
    async () => {
      const compress = { clientMaxWindowBits: 9 }
      expect(await answerTo('permessage-deflate; client_max_window_bits', compress)).toEqual({ client_max_window_bits: '9' })
      expect(await answerTo('permessage-deflate; client_max_window_bits=15', compress)).toEqual({ client_max_window_bits: '9' })
      expect(await answerTo('permessage-deflate; client_max_window_bits=8', compress)).toEqual({ client_max_window_bits: '8' })
    },
  )
  test(
    '"If a received extension negotiation offer doesn\'t have the "client_max_window_bits" extension parameter, ' +
      'the corresponding extension negotiation response to the offer MUST NOT include the "client_max_window_bits" ' +
      'extension parameter."',
    async () => {
      expect(await answerTo('permessage-deflate')).not.toHaveProperty('client_max_window_bits')
      // So a peer that cannot be told is not taken up on its offer; its next one may do.
      expect(await answerTo('permessage-deflate', { clientMaxWindowBits: 9 })).toBeUndefined()
      const second = 'permessage-deflate, permessage-deflate; client_max_window_bits'
      expect(await answerTo(second, { clientMaxWindowBits: 9 })).toEqual({ client_max_window_bits: '9' })
    },
  )
})

test('all four together, each with its own answer', async () => {
  const offer =
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; ' +
    'client_max_window_bits=12'
  const answer = await answerTo(offer)
  expect(answer).toMatchObject({ server_no_context_takeover: true, server_max_window_bits: '11' })
  expect(Object.keys(answer ?? {}).length).toBeLessThanOrEqual(4)
})

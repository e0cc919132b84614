// What node:http cannot read, behind requests that are still to be answered on its connection. Found by `npm run fuzz`.
import { afterEach, expect, test } from '@jest/globals'
import { type Live, live } from '../rfc/live.js'
import { turn } from '../rfc/peer.js'

let server: Live
afterEach(() => server.stop())

/** The statuses of all answers, in the order in which they came. */
async function statusesOf(...segments: readonly string[]): Promise<number[]> {
  server = await live({ pingIntervalMs: 0, fallback: { pollMs: 50 } })
  const peer = server.connect()
  let text = ''
  peer.socket.on('data', (chunk) => (text += String(chunk)))
  for (const segment of segments) {
    peer.send(Buffer.from(segment))
    await turn()
  }
  while (!peer.hasEnded && !peer.isClosed) await turn()
  peer.destroy()
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
}
const plain = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

test.each([
  ['no method', 'FOO / HTTP/1.1\r\n\r\n', 400],
  ['a header that is none', 'GET / HTTP/1.1\r\na b: c\r\n\r\n', 400],
  ['headers without an end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
])(
  'RFC 9112 9.3.2 "responses [...] in the same order that the requests were received": %s is answered last',
  async (_name, broken, status) => {
    expect(await statusesOf(plain('/nowhere') + plain('/ws') + plain('/nowhere') + broken)).toEqual([404, 426, 404, status])
  },
)

test('a request that breaks inside its own body is answered at once, and once', async () => {
  const head = 'POST /ws?gensock=open&via=x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
  expect(await statusesOf(head, 'zz\r\n', 'zz\r\n')).toEqual([400])
})

test('many broken segments behind one answer are answered once', async () => {
  const broken = Array.from({ length: 20 }, () => 'no HTTP\r\n\r\n')
  expect(await statusesOf(plain('/nowhere') + (broken[0] as string), ...broken)).toEqual([404, 400])
})

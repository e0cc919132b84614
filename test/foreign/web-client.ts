// The facts as a WebSocket of the web platform sees them. One text for undici, which runs it as it is, and for Chromium, which
// gets it as a script: so it imports nothing.

/** Makes whoever's WebSocket it is. */
export type Dial = (url: string, protocols?: string[]) => WebSocket
/** The server, the tap before it, the server that drains. */
export type Urls = readonly [server: string, tap: string, draining: string]
type Data = string | ArrayBuffer

const LIMIT_MS = 5000
const TEXTS = ['', 'plain', 'grüße', '🐙 astral 𝒳', '\u0000 to \u{10ffff}']
const TEXT_LENGTHS = [125, 126, 65_535, 65_536]
const BINARY_LENGTHS = [0, 125, 126, 65_535, 65_536, 1_000_000]
const LIMIT = 1000
const IN_FLIGHT = 100

/** A WebSocket whose events can be waited for, in order. */
export interface Peer {
  readonly ws: WebSocket
  readonly closed: Promise<CloseEvent>
  next(): Promise<Data>
  echo(data: string | Uint8Array<ArrayBuffer>): Promise<Data>
}

/** Opens one; rejects if it closes instead. */
export async function open(dial: Dial, url: string, protocols?: string[]): Promise<Peer> {
  const ws = dial(url, protocols)
  ws.binaryType = 'arraybuffer'
  const arrived: Data[] = []
  let wake: (() => void) | undefined
  ws.addEventListener('message', ({ data }) => {
    arrived.push(data as Data)
    wake?.()
  })
  const closed = new Promise<CloseEvent>((resolve) => {
    ws.addEventListener('close', (event) => {
      resolve(event)
      wake?.()
    })
  })
  const next = async (): Promise<Data> => {
    while (arrived.length === 0) {
      if (ws.readyState === 3) throw new Error(`closed with ${(await closed).code} while a message was awaited`)
      await new Promise<void>((resolve) => (wake = resolve))
    }
    return arrived.shift() as Data
  }
  const echo = (data: string | Uint8Array<ArrayBuffer>): Promise<Data> => {
    ws.send(data)
    return next()
  }
  await new Promise<void>((resolve, reject) => {
    ws.addEventListener('open', () => resolve())
    ws.addEventListener('error', () => reject(new Error(`${url} was refused`)))
  })
  return { ws, closed, next, echo }
}

function textOf(length: number): string {
  return 'ü'.repeat(Math.floor(length / 2)) + 'x'.repeat(length % 2)
}
function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
}
function sameBytes(data: Data, bytes: Uint8Array): boolean {
  const got = new Uint8Array(data as ArrayBuffer)
  return got.length === bytes.length && got.every((byte, i) => byte === bytes[i])
}
/** Hex digits by chance: one message alone shrinks to a half; if it is remembered, a second like it to almost nothing. */
function randomText(): string {
  let seed = 1
  const digits = Array.from({ length: 2000 }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return (seed >>> 28).toString(16)
  })
  return digits.join('')
}

async function passing<T>(list: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const good: T[] = []
  for (const item of list) if (await test(item)) good.push(item)
  return good
}
async function compressed(dial: Dial, url: string): Promise<unknown> {
  const peer = await open(dial, url)
  const echoes = [await peer.echo(randomText()), await peer.echo(randomText()), await peer.echo(randomText())]
  return [peer.ws.extensions === '' ? 0 : 1, echoes.every((echo) => echo === randomText())]
}
/** Says what makes the server close, and with what it did. */
async function closing(dial: Dial, url: string, message: string): Promise<[number, string]> {
  const { ws, closed } = await open(dial, url)
  ws.send(message)
  const { code, reason } = await closed
  return [code, reason]
}
/** True if the handshake came to nothing. */
export function isRefused(dial: Dial, url: string, protocols?: string[]): Promise<boolean> {
  return open(dial, url, protocols).then(
    () => false,
    () => true,
  )
}

const facts: Readonly<Record<string, (dial: Dial, urls: Urls) => Promise<unknown>>> = {
  async text(dial, [server]) {
    const peer = await open(dial, `${server}/echo`)
    const got: Data[] = []
    for (const text of TEXTS) got.push(await peer.echo(text))
    return got
  },
  async text_lengths(dial, [server]) {
    const peer = await open(dial, `${server}/echo`)
    return passing(TEXT_LENGTHS, async (length) => (await peer.echo(textOf(length))) === textOf(length))
  },
  async binary_lengths(dial, [server]) {
    const peer = await open(dial, `${server}/echo`)
    return passing(BINARY_LENGTHS, async (length) => sameBytes(await peer.echo(bytesOf(length)), bytesOf(length)))
  },
  pong: async (dial, [server]) => (await open(dial, `${server}/ping`)).next(),
  async subprotocol(dial, [server]) {
    const peer = await open(dial, `${server}/sub`, ['v1', 'v2'])
    return [peer.ws.protocol, await peer.next()]
  },
  no_common_subprotocol: async (dial, [server]) => ((await isRefused(dial, `${server}/sub`, ['v3'])) ? 'refused' : 'opened'),
  compression_off: (dial, [, tap]) => compressed(dial, `${tap}/plain`),
  compression: (dial, [, tap]) => compressed(dial, `${tap}/deflate`),
  compression_tight: (dial, [, tap]) => compressed(dial, `${tap}/tight`),
  closed_by_server: (dial, [server]) => closing(dial, `${server}/close`, '4001 bye ✓'),
  async closed_by_client(dial, [server]) {
    const { ws, closed } = await open(dial, `${server}/hear`)
    ws.close(4002, 'going ✓')
    return (await closed).code
  },
  closed_without_code: (dial, [server]) => closing(dial, `${server}/close`, 'none'),
  async closed_by_client_without_code(dial, [server]) {
    const { ws, closed } = await open(dial, `${server}/hear`)
    ws.close()
    return (await closed).code
  },
  authorized: async (dial, [server]) => (await open(dial, `${server}/private?token=open-sesame`)).next(),
  crash: async (dial, [server]) => (await closing(dial, `${server}/crash`, 'now'))[0],
  async limit(dial, [server]) {
    const { ws, closed, echo } = await open(dial, `${server}/limit`)
    const fits = ((await echo(bytesOf(LIMIT))) as ArrayBuffer).byteLength
    ws.send(bytesOf(LIMIT + 1))
    return [fits, (await closed).code]
  },
  async in_flight(dial, [server]) {
    const { ws, next } = await open(dial, `${server}/echo`)
    for (let i = 0; i < IN_FLIGHT; i++) ws.send(String(i))
    const got: number[] = []
    while (got.length < IN_FLIGHT) got.push(Number(await next()))
    return got
  },
  drain: async (dial, [, , draining]) => (await closing(dial, `${draining}/drain`, 'now'))[0],
}

/** What one fact gives; rejects after 5 s. */
export async function webFact(name: string, dial: Dial, urls: Urls): Promise<unknown> {
  const fact = facts[name]
  if (fact === undefined) throw new Error(`there is no fact ${name}`)
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took longer than ${LIMIT_MS} ms`)), LIMIT_MS)
  })
  try {
    return await Promise.race([fact(dial, urls), late])
  } finally {
    clearTimeout(timer)
  }
}

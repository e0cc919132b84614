// Servers that are broken on purpose, a text of their sources at a time: each must be found out. Entered by broken.test.ts and,
// for all of them, by main.ts with `--broken`.
import type { Kind } from './inputs.js'
import { fuzz } from './run.js'
import type { Mutation } from './target.js'

export interface Broken extends Mutation {
  readonly name: string
  readonly kind: Kind
  /** Within so many inputs. Default 2 000. */
  readonly inputs?: number
  /** The input that is to blame is found as well. */
  readonly narrows?: true
}
const INPUTS = 2000
/** Where a socket lets go of its timers. */
const ENDS = { file: 'src/sockets/connection.ts', from: 'this.#keepalive?.stop()' }

export const BROKEN: readonly Broken[] = [
  {
    name: 'text is not checked for UTF-8',
    kind: 'frames',
    file: 'src/transports/frame-reader.ts',
    from: 'this.#validatesUtf8 && !isUtf8(data)',
    to: 'false',
  },
  {
    name: 'close codes are not checked',
    kind: 'frames',
    file: 'ws/lib/receiver.js',
    from: '!isValidStatusCode(code)',
    to: 'false',
  },
  { name: 'masks are not checked', kind: 'frames', file: 'ws/lib/receiver.js', from: '!this._masked', to: 'false' },
  {
    name: 'a length may be longer than it need be',
    kind: 'frames',
    file: 'src/transports/frame-scan.ts',
    from: 'return length < 126 ? BAD : length',
    to: 'return length',
  },
  {
    name: 'pings are not answered',
    kind: 'frames',
    file: 'src/sockets/connection.ts',
    from: 'if (opcode === PING) this.transport.pong(data)',
    to: '',
  },
  {
    name: 'nobody counts what a peer sends',
    kind: 'frames',
    file: 'src/sockets/connection.ts',
    from: 'if (this.#rate !== null && !this.#passes(bytes)) return',
    to: '',
  },
  {
    name: 'a ping loops for ever',
    kind: 'frames',
    file: 'src/sockets/connection.ts',
    from: 'if (opcode === PING) this.transport.pong(data)',
    to: 'if (opcode === PING) for (;;);',
    narrows: true,
  },
  { name: 'the timers of a socket outlive it', kind: 'frames', ...ENDS, to: '' },
  {
    name: 'each socket leaves an interval',
    kind: 'frames',
    ...ENDS,
    to: `${ENDS.from}; setInterval(() => undefined, 1e8)`,
  },
  {
    name: 'each socket leaves a listener',
    kind: 'frames',
    ...ENDS,
    to: `${ENDS.from}; process.setMaxListeners(0).on('beforeExit', () => undefined)`,
  },
  {
    name: 'sockets are kept',
    kind: 'frames',
    ...ENDS,
    to: `${ENDS.from}; ((globalThis as any).kept ??= []).push(this)`,
    inputs: 6000, // half of them warm the heap up
  },
  {
    name: 'a reset during the handshake ends the program',
    kind: 'handshakes',
    file: 'src/transports/door.ts',
    from: "socket.on('error', heedless) // first of all",
    to: '//',
  },
  {
    name: 'any key will do',
    kind: 'handshakes',
    file: 'src/transports/upgrade.ts',
    from: 'keys.length !== 1 || !KEY.test(keys[0] as string)',
    to: 'false',
  },
  {
    name: 'pages of any origin may connect',
    kind: 'handshakes',
    file: 'src/transports/door.ts',
    from: '!passesOrigin(request.headers, site, found.route.options)',
    to: 'false',
  },
  {
    name: 'what cannot be read is answered before earlier requests',
    kind: 'handshakes',
    file: 'src/transports/door.ts',
    from: "else before.once('close', () => (socket.writable ? refuse(socket, refusal) : undefined))",
    to: 'else refuse(socket, refusal)',
  },
  {
    name: 'what has not been sent can be acknowledged',
    kind: 'fallback',
    file: 'src/wire/numbering.ts',
    from: 'if (upTo > this.last) return false',
    to: '',
  },
  {
    name: 'what is sent again counts again',
    kind: 'fallback',
    file: 'src/wire/numbering.ts',
    from: "if (number <= this.last) return 'seen'",
    to: '',
  },
]

/** What is found of it; undefined: it passes for sound. */
export async function findsOut(broken: Broken, seed: number): Promise<string | undefined> {
  const { kind, narrows = false, inputs: most = INPUTS, file, from, to } = broken
  const { findings, inputs } = await fuzz({
    seed,
    inputs: most,
    kinds: [kind],
    batch: 250,
    mutation: { file, from, to },
    narrows,
    settleMs: 3000,
  })
  const first = findings[0]
  return first === undefined ? undefined : `within ${inputs} inputs, ${first.about}: ${first.faults[0]?.split('\n')[0] ?? ''}`
}

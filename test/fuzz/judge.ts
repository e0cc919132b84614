// Compares what came with what must come: the faults of one input. Pure. Entered by run.ts.
import { CLOSE, PONG } from '../rfc/peer.js'
import type { Answer, AnswerReader } from './answer-reader.js'
import { codecOf } from './frames.js'
import type { Input, StreamExpectation } from './input.js'
import { acceptOf, keyIn } from './request.js'
import { HANDSHAKE_MS, IDLE_MS } from './routes.js'
import type { Outcome } from './wire.js'

/** Begins what a machine that is too busy may bring about as well: few of a run may have it. */
export const LATE = 'the server was too late: '

/** What is wrong; none if all is well. */
export function judge(input: Input, { reader, hasEnded, isLate, ms, error }: Outcome): string[] {
  const { expect, end } = input
  // On a busy machine one that sends little by little may need longer than the server waits.
  const isSlow = ms > IDLE_MS && (input.segments.length > 1 || input.last !== undefined)
  if (reader.fault !== undefined) return [reader.fault]
  if (isLate) return [`no end within the limit; answers ${statuses(reader)}, frames ${opcodes(reader)}`]
  const isCut = end !== 'server'
  if (end === 'server' && error !== undefined && reader.answers.length === 0 && !expect.mayEnd)
    return [`the connection broke: ${error}`]
  const before = reader.answers.slice(0, expect.before.length).map(({ status }) => status)
  const own = reader.answers[expect.before.length]
  const faults: string[] = []
  if (before.join() !== expect.before.slice(0, before.length).join())
    faults.push(`answers ${before.join()}, expected ${expect.before.join()}`)
  if (reader.answers.length > expect.before.length + 1 && expect.status !== 'any')
    faults.push(`too many answers: ${statuses(reader)}`)
  if (own === undefined)
    return isCut || expect.mayEnd ? faults : [...faults, `no answer; ended ${String(hasEnded)}, ${error ?? 'no error'}`]
  if (ms > HANDSHAKE_MS && expect.status !== 'any' && !expect.status.includes(own.status) && [408, 503].includes(own.status))
    faults.push(`${LATE}${own.status}`)
  if (faults.at(-1)?.startsWith(LATE) === true) return faults
  faults.push(...faultsOfAnswer(input, own))
  if (own.status !== 101 || faults.length > 0) return faults
  if (end === 'server' && !hasEnded) faults.push(`the server did not end: ${error ?? 'no error'}; frames ${opcodes(reader)}`)
  if (expect.stream === undefined) return faults
  const how = isCut ? 'cut' : isSlow && expect.stream.isIdle ? 'slow' : 'whole'
  faults.push(...faultsOfStream(expect.stream, own, reader, how))
  return faults
}

function statuses({ answers }: AnswerReader): string {
  return answers.map(({ status }) => status).join() || 'none'
}
function opcodes({ frames }: AnswerReader): string {
  return frames.map(({ opcode }) => opcode).join() || 'none'
}

function faultsOfAnswer({ expect, segments }: Input, { status, headers }: Answer): string[] {
  const faults: string[] = []
  const expected = expect.status
  if (expected === 'any' ? status > 499 : !expected.includes(status))
    faults.push(`answered ${status}, expected ${expected === 'any' ? 'no 5xx' : expected.join(' or ')}`)
  if (status === 426 && !(headers.get('upgrade') ?? '').includes('websocket')) faults.push('a 426 without Upgrade')
  if (status === 405 && headers.get('allow') === undefined) faults.push('a 405 without Allow')
  if (status !== 101) return faults
  const key = expect.accept === undefined ? keyIn(Buffer.concat(segments)) : undefined
  const accept = expect.accept ?? (key === undefined ? undefined : acceptOf(key))
  if (accept === undefined) faults.push('a 101 to what is no handshake')
  const wanted: Record<string, string | undefined> = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-accept': accept,
  }
  if ('protocol' in expect) wanted['sec-websocket-protocol'] = expect.protocol
  if ('extensions' in expect) wanted['sec-websocket-extensions'] = expect.extensions
  for (const [name, value] of Object.entries(wanted))
    if (headers.get(name) !== value) faults.push(`${name} is ${headers.get(name)}, expected ${value}`)
  return faults
}

function faultsOfStream(
  expected: StreamExpectation,
  { headers }: Answer,
  { frames }: AnswerReader,
  how: 'cut' | 'slow' | 'whole',
): string[] {
  const faults: string[] = []
  const codec = codecOf(headers.get('sec-websocket-extensions'))
  const closes = frames.filter(({ opcode }) => opcode === CLOSE)
  const pongs = frames.filter(({ opcode }) => opcode === PONG)
  const data = frames.filter(({ opcode }) => opcode < CLOSE)
  if (frames.some(({ rsv, opcode }) => rsv !== 0 && (rsv !== 4 || opcode > 2 || codec === undefined)))
    faults.push('a reserved bit is set')
  if (!expected.isLax) {
    for (const [i, { opcode, payload, rsv }] of data.entries()) {
      const plain = rsv === 0 ? payload : codec?.decompress(payload)
      const wanted = expected.data[i]
      if (wanted === undefined || opcode !== wanted.opcode || plain?.equals(wanted.payload) !== true) {
        const due = wanted === undefined ? 'none' : `opcode ${wanted.opcode}, ${wanted.payload.length} bytes`
        return [...faults, `message ${i + 1} is opcode ${opcode}, ${payload.length} bytes; expected ${due}`]
      }
    }
    if (pongs.some(({ payload }, i) => expected.pongs[i]?.equals(payload) !== true)) faults.push('a pong that answers no ping')
  }
  if (how === 'cut') return faults
  const code = closes[0] === undefined ? 'none' : closes[0].payload.length === 0 ? undefined : closes[0].payload.readUInt16BE(0)
  if (how === 'slow' && code === 1000) return faults
  if (code === 'none' || (!expected.isLax && !expected.codes.includes(code)))
    faults.push(`closed with ${code}, expected ${expected.codes.map(String).join(' or ')}`)
  if (data.length < expected.atLeast) faults.push(`${data.length} messages came, expected ${expected.atLeast}`)
  if (
    expected.atLeast === expected.data.length &&
    expected.codes.length < 2 &&
    !expected.isLax &&
    pongs.length < expected.pongs.length
  )
    faults.push(`${pongs.length} pongs came, expected ${expected.pongs.length}`)
  return faults
}

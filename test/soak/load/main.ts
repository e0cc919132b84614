// The load of the soak, a program of its own: `go` on stdin begins a wave of connections, `rest` lets it run out, `report`
// prints what was counted. With `--victim PORT` it is a program of a few connections that stands in the middle of its frames,
// to be killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { frame, handshake, TEXT, text } from '../../rfc/peer.js'
import { connect } from 'node:net'
import { Chance, wait } from './chance.js'
import { CARRIED } from './fallback.js'
import { RAW } from './raw.js'
import { TALKS, type World } from './scenarios.js'
import { Tallies } from './tally.js'

const VICTIMS_AT_ONCE = 5
const ALL = [...TALKS, ...RAW, ...CARRIED]

function victim(port: number): void {
  for (let i = 0; i < VICTIMS_AT_ONCE; i++) {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    socket.write(handshake({ path: `/close/victim-${process.pid}-${i}` }))
    socket.write(Buffer.concat([text('whole'), frame({ opcode: TEXT, payload: 'x'.repeat(50_000) }).subarray(0, 20_000)]))
  }
}

/** Programs that die without a word, one after the other. */
async function killPrograms({ port, tallies, chance }: World, goesOn: () => boolean): Promise<void> {
  while (goesOn()) {
    const { counts } = tallies.of('killed program')
    const child: ChildProcess = spawn(process.execPath, [fileURLToPath(import.meta.url), '--victim', String(port)])
    counts.connections += VICTIMS_AT_ONCE
    counts.cut += VICTIMS_AT_ONCE
    await wait(300 + chance.below(500))
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    await wait(1000)
  }
}

function serve(port: number, workers: number, seed: number): void {
  const chance = new Chance(seed)
  const tallies = new Tallies()
  let numbers = 0
  const world: World = { port, chance, tallies, number: () => ++numbers }
  const wave = { isOn: false }
  let running: Promise<unknown> = Promise.resolve()

  async function work(): Promise<void> {
    await chance.pause(500)
    while (wave.isOn) {
      await chance.weighted(ALL)(world)
      await chance.pause(100)
    }
  }
  const orders: Readonly<Record<string, () => void>> = {
    go() {
      wave.isOn = true
      running = Promise.all([...Array.from({ length: workers }, work), killPrograms(world, () => wave.isOn)])
    },
    rest() {
      wave.isOn = false
      void running.then(() => console.log('rested'))
    },
    report: () => console.log(`report ${JSON.stringify(tallies.report())}`),
    stop: () => process.exit(0),
  }
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => orders[line]?.())
  lines.on('close', () => process.exit(1))
  console.log('ready')
}

const [first, second, third] = process.argv.slice(2)
if (first === '--victim') victim(Number(second))
else serve(Number(first), Number(second), Number(third))

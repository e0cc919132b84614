// Made-up samples for the tests of the verdict and of the picture.
import type { LoadReport, Mark, Phase, Sample } from './sample.js'

export const QUIET: Sample = {
  at: 0,
  collected: true,
  heapBytes: 12_000_000,
  bufferBytes: 100_000,
  rssBytes: 100_000_000,
  handles: { TCPServerWrap: 1, PipeWrap: 3, Timeout: 1 },
  processes: 20,
  timers: 16,
  names: 10,
  groups: 0,
  listeners: { 'server upgrade': 1, 'process warning': 1 },
  connections: 0,
  connectionListeners: 0,
  delayP50: 10,
  delayP99: 20,
  delayMax: 30,
  open: 0,
  opened: 0,
  crashed: 0,
  dropped: 0,
  closed: {},
  refused: {},
  broken: {},
  killed: 0,
  restarted: 0,
  reports: 0,
}
const BUSY: Partial<Sample> = { open: 60, connections: 61, connectionListeners: 400, processes: 150, timers: 200, groups: 20 }

/** Ten waves of ten looks each; `leak` is what is left after so many waves. */
export function series(leak: (waves: number) => Partial<Sample> = () => ({}), waves = 10): Mark[] {
  const marks: Mark[] = []
  let at = 0
  const add = (phase: Phase, more: Partial<Sample>): void => {
    at += 1000
    marks.push({ phase, sample: { ...QUIET, ...more, at } })
  }
  add('cold', { heapBytes: 9_000_000 })
  add('start', {})
  for (let wave = 1; wave <= waves; wave++) {
    for (let second = 1; second <= 10; second++) {
      const heapBytes = 14_000_000 + 100_000 * ((second * 7) % 10)
      add('load', { ...BUSY, ...leak(wave), heapBytes, collected: second % 5 === 0 })
    }
    // It is never quite the same.
    add(wave === waves ? 'end' : 'rest', { heapBytes: QUIET.heapBytes + ((wave * 7919) % 300_000), ...leak(wave) })
  }
  return marks
}
export const GOOD: LoadReport = {
  kinds: { echo: { connections: 10, cut: 3, sent: 100, answered: 90, unanswered: 10, lost: 0 } },
  losses: [],
}

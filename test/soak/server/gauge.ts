// Measures the server: once when it is asked, as one line. Entered by main; calls nothing of the library but what tells its
// counts.
import type { Server } from 'node:http'
import type { EventEmitter } from 'node:events'
import type { Socket as NetSocket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Node } from 'gensock'
import type { Listener } from 'gensock/socket'
import { kernelOf } from '../../../src/runtime/node.js'
import type { Counts, Sample } from '../sample.js'
import type { Tree } from './tree.js'

/** What is measured. */
export interface Measured {
  readonly node: Node
  readonly server: Server
  readonly listener: Listener
  readonly tree: Tree
  readonly groups: () => number
  readonly reports: () => number
  readonly broken: () => Counts
}
const MS = 1e6

function counted(names: readonly string[]): Counts {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
/** Listeners by event, with the name of who has them in front. */
function listenersOf(name: string, emitter: EventEmitter): [string, number][] {
  return emitter.eventNames().map((event) => [`${name} ${String(event)}`, emitter.listenerCount(event)])
}
const listenersOn = (emitter: EventEmitter): number =>
  emitter.eventNames().reduce((sum, event) => sum + emitter.listenerCount(event), 0)

/** Answers the function that looks. With `collect` the heap is collected before. */
export function gauge({ node, server, listener, tree, groups, reports, broken }: Measured): (collect: boolean) => Sample {
  const connections = new Set<NetSocket>()
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const kernel = kernelOf(node)
  return (collect) => {
    const [p50, p99, max] = [delay.percentile(50) / MS, delay.percentile(99) / MS, delay.max / MS]
    if (collect) globalThis.gc?.()
    const { heapUsed, rss, arrayBuffers } = process.memoryUsage()
    const sample: Sample = {
      at: Date.now(),
      collected: collect,
      heapBytes: heapUsed,
      bufferBytes: arrayBuffers,
      rssBytes: rss,
      handles: counted(process.getActiveResourcesInfo()),
      processes: node.processes().length,
      timers: kernel.timers.size,
      names: kernel.names.size,
      groups: groups(),
      listeners: Object.fromEntries([...listenersOf('server', server), ...listenersOf('process', process)]),
      connections: connections.size,
      connectionListeners: [...connections].reduce((sum, socket) => sum + listenersOn(socket), 0),
      delayP50: p50,
      delayP99: p99,
      delayMax: max,
      ...listenerCounts(listener),
      killed: tree.killed(),
      restarted: tree.restarted(),
      reports: reports(),
      broken: broken(),
    }
    delay.reset() // what the collection itself has cost is no delay of the server's
    return sample
  }
}

function listenerCounts(listener: Listener): Pick<Sample, 'open' | 'opened' | 'crashed' | 'dropped' | 'closed' | 'refused'> {
  const { open, opened, crashed, dropped, closed, refused } = listener.counters()
  return { open, opened, crashed, dropped, closed: closed as Counts, refused: refused as Counts }
}

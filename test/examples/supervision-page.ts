// A page at the supervision socket, without a network: what it was told, and what it may ask for.
import type { SupervisorPid } from 'gensock'
import type { TestNode } from 'gensock/testing'
import { supervisionFeed } from '../../examples/playground/supervision/handler.js'
import type { Node, View } from '../../examples/playground/supervision/view.js'
import { type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

export interface Page {
  readonly socket: FakeTransport
  /** The tree as it was pushed last. */
  tree(): Node
  at(name: string): Node
  lines(): string[]
  refusals(): string[]
  order(order: unknown): Promise<void>
  crash(name: string, how?: string): Promise<void>
}

/** `tree` is the supervisor of the stage. */
export async function openPage(node: TestNode, tree: SupervisorPid): Promise<Page> {
  const socket = fakeTransport(node, supervisionFeed(tree))
  await node.settle()
  const told = (): (Partial<View> & { refused?: string })[] => socket.sent.map(([, data]) => JSON.parse(String(data)))
  const page: Page = {
    socket,
    tree: () => told().findLast((message) => message.tree !== undefined)?.tree as Node,
    at: (name) => find(page.tree(), name) as Node,
    lines: () => told().flatMap(({ lines = [] }) => lines.map(({ text }) => text)),
    refusals: () => told().flatMap(({ refused }) => (refused === undefined ? [] : [refused])),
    async order(order) {
      socket.send(typeof order === 'string' ? order : JSON.stringify(order))
      await node.settle()
    },
    crash: (name, how = 'error') => page.order({ type: 'crash', name, how }),
  }
  return page
}
function find(tree: Node, name: string): Node | undefined {
  if (tree.name === name) return tree
  return tree.children.map((child) => find(child, name)).find((found) => found !== undefined)
}
/** Name -> pid of everything below. */
export function pids(tree: Node): Record<string, string | undefined> {
  return Object.assign({ [tree.name]: tree.pid }, ...tree.children.map(pids))
}
/** The names whose pid is another one now. */
export function changed(before: Node, after: Node): string[] {
  const old = pids(before)
  return Object.entries(pids(after)).flatMap(([name, pid]) => (pid === old[name] ? [] : [name]))
}

// Running a function on a node as code outside any process. Entered by rooms that start trees of their own.
import { type Kernel, shared } from './process.js'

/** Runs `fn` as code outside any process, on this node. */
export function onNode<T>(kernel: Kernel, fn: () => T): T {
  const { current, running } = shared
  shared.current = null
  shared.running = kernel
  try {
    return fn()
  } finally {
    shared.current = current
    shared.running = running
  }
}

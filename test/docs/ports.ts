// Which port of 127.0.0.1 stands for which port of a block: the worker enters them, a client waits for its own.

/** A port as written -> where it listens. */
export const ports = new Map<number, Promise<number>>()
const awaited = new Map<number, () => void>()
let isLed = false

/** From now on ports are led elsewhere: outside of a block a client takes the port that it is given. */
export function lead(): void {
  isLed = true
}

export function enter(port: number, bound: Promise<number>): void {
  ports.set(port, bound)
  awaited.get(port)?.()
}

/** Resolves once something of the block listens there; outside of a block at once. */
export async function listening(port: number): Promise<void> {
  if (!isLed) return
  if (!ports.has(port)) await new Promise<void>((resolve) => awaited.set(port, resolve))
  await ports.get(port)
}

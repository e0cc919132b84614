// A command of a README as somebody types it, with all that it starts, and what it prints.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const LIMIT_MS = 30_000

export class Command {
  readonly #child
  readonly #text: string
  readonly #lines: string[] = []
  readonly #seen: AsyncIterator<string>
  #stderr = ''
  /** Has all that writes to its output ended? */
  #isOver = false
  /** Its exit code; null if a signal ended it. */
  readonly ended: Promise<number | null>

  constructor(text: string, env: Readonly<Record<string, string>> = {}) {
    this.#text = text
    // A group of its own: npm does not hand on what ends it.
    this.#child = spawn(text, { shell: true, detached: true, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr.on('data', (chunk) => (this.#stderr += String(chunk)))
    const timer = setTimeout(() => this.#kill('SIGKILL'), LIMIT_MS)
    this.ended = once(this.#child, 'close').then(([code]) => {
      clearTimeout(timer)
      this.#isOver = true
      return code as number | null
    })
    this.#seen = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** The next line that is one of these. */
  async line(isIt: (line: string) => boolean): Promise<string> {
    for (;;) {
      const { value, done } = await this.#seen.next()
      if (done === true) throw new Error(`${this.#text} did not print it: ${[...this.#lines, this.#stderr].join('\n')}`)
      this.#lines.push(value)
      if (isIt(value)) return value
    }
  }

  /** What matches first, of all that it has printed and will print. */
  async first(pattern: RegExp): Promise<string> {
    const line = this.#lines.find((text) => pattern.test(text)) ?? (await this.line((text) => pattern.test(text)))
    return pattern.exec(line)?.[0] as string
  }

  /** Ends it and all that it has started, as Ctrl+C does. */
  async stop(): Promise<void> {
    this.#kill('SIGINT')
    await this.ended
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined || this.#isOver) return
    try {
      process.kill(-pid, signal)
    } catch {
      // All of them have ended just now.
    }
  }
}

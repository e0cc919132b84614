// Programs of a made project: started, heard, talked to and told to end. Entered by starter.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'

/** Nothing here takes so long, also on a busy machine. */
const PATIENCE_MS = 60_000

/** Settles as the promise does; rejects with what was waited for, and what is known, when it takes too long. */
export function inTime(what, promise, known = () => '') {
  let timer
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${PATIENCE_MS} ms\n${known()}`)), PATIENCE_MS)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** What a script of package.json runs, without npm and its shell between: a signal reaches the program itself. */
export function startScript(script, cwd, env) {
  const [, ...args] = script.split(' ')
  // A group of its own: what it has started ends with it.
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, detached: true })
  const program = new Program(child)
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => program.hear(text))
  return program
}

class Program {
  output = ''
  #child
  #watchers = new Set()

  constructor(child) {
    this.#child = child
    this.exit = once(child, 'close').then(([code, signal]) => signal ?? code)
  }

  hear(text) {
    this.output += text
    for (const watch of this.#watchers) watch()
  }

  /** The address that it prints, the first time or after so many more starts. */
  url(start = 1) {
    const printed = new Promise((resolve) => {
      const watch = () => {
        const urls = this.output.match(/http:\/\/\S+(?=\n)/g) ?? []
        if (urls.length < start) return
        this.#watchers.delete(watch)
        resolve(urls[start - 1])
      }
      this.#watchers.add(watch)
      watch()
    })
    const ended = this.exit.then((code) => Promise.reject(new Error(`ended with ${code}\n${this.output}`)))
    return inTime('address', Promise.race([printed, ended]), () => this.output)
  }

  /** SIGTERM; answers how it has ended, and after how long. */
  async terminate() {
    const before = performance.now()
    this.#child.kill('SIGTERM')
    const code = await inTime('end', this.exit, () => this.output)
    return { code, ms: performance.now() - before }
  }

  /** For the end of a check, which may have failed: it, and what it has started. */
  kill() {
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error // nobody is left
    }
  }
}

/**
 * A socket of a room, by the ws that the project has installed. `pid` is its process, which it is told first; `next()` answers
 * what comes after that, one frame after the other.
 */
export async function visit(project, url, room) {
  const WebSocket = createRequire(`${project}/node_modules/gensock/package.json`)('ws')
  const socket = new WebSocket(`${url.replace('http', 'ws')}/rooms/${room}`)
  const told = []
  const waiting = []
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data))
    const take = waiting.shift()
    if (take === undefined) told.push(frame)
    else take(frame)
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await inTime(`socket of ${room}`, once(socket, 'open'))
  const next = () =>
    inTime(`frame in ${room}`, told.length > 0 ? Promise.resolve(told.shift()) : new Promise((take) => waiting.push(take)))
  return {
    pid: (await next()).socket,
    closed: inTime.bind(null, `end of a socket of ${room}`, closed),
    send: (order) => socket.send(order),
    next,
  }
}

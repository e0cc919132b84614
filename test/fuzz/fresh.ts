// A client that has nothing to do with the fuzz: is it served? `ws` for WebSockets, node's own for plain HTTP. Entered by
// run.ts.
import { request } from 'node:http'
import { WebSocket } from 'ws'
import type { Door } from './routes.js'

const LIMIT_MS = 5000

/** Text and bytes come back, and the close is answered. */
function socket(port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, { handshakeTimeout: LIMIT_MS })
    const timer = setTimeout(() => ws.terminate(), LIMIT_MS)
    const came: string[] = []
    ws.on('open', () => ws.send('are you there?'))
    ws.on('message', (data, isBinary) => {
      came.push(`${String(data as Buffer)}${isBinary ? ' in bytes' : ''}`)
      if (came.length === 1) ws.send(Buffer.from('x'.repeat(2000)))
      else ws.close(1000)
    })
    ws.on('error', (error) => came.push(error.message))
    ws.on('close', (code) => {
      clearTimeout(timer)
      const isFine = code === 1000 && came.join() === `are you there?,${'x'.repeat(2000)} in bytes`
      resolve(isFine ? undefined : `a fresh WebSocket at ${path}: closed with ${code}, ${came.join().slice(0, 100)}`)
    })
  })
}
function plain(port: number, method: string, path: string, expected: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', method, path, agent: false, timeout: LIMIT_MS }, (response) => {
      response.resume()
      response.once('close', () =>
        resolve(response.statusCode === expected ? undefined : `a fresh ${method} ${path}: ${response.statusCode}`),
      )
    })
    asked.once('timeout', () => asked.destroy(new Error('no answer')))
    asked.once('error', (error) => resolve(`a fresh ${method} ${path}: ${error.message}`))
    asked.end(method === 'POST' ? 'hello' : undefined)
  })
}

/** What a fresh client was not served; none if all is well. */
export async function serves({ bare, plain: other }: Readonly<Record<Door, number>>): Promise<string[]> {
  const faults = await Promise.all([
    socket(bare, '/echo'),
    socket(bare, '/deflate'),
    socket(other, '/fallback'),
    plain(bare, 'GET', '/nowhere', 404),
    plain(bare, 'GET', '/echo', 426),
    plain(other, 'POST', '/bullet', 200),
  ])
  return faults.filter((fault) => fault !== undefined)
}

// docs/deployment.md: its settings for nginx, run by nginx as they stand but for their ports.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import { attach, type Listener, route, type SocketHandler, text } from 'gensock/socket'
import { nginxProgram, testWith } from '../programs.js'
import { blocksOf } from './blocks.js'
import { freePort } from '../free-port.js'
import { client, type DocsClient } from './kit.js'

const NGINX = nginxProgram()
const behindNginx = testWith('nginx of docs/deployment.md', NGINX)
/** What stands on the page: the settings for one process, and what stands in place of their upstream for several. */
const [one = '', many = ''] = blocksOf('docs/deployment.md').flatMap(({ language, code }) => (language === 'nginx' ? [code] : []))
const UPSTREAM = /^upstream [^}]*}\n/m

const nodes: Node[] = []
const servers: Server[] = []
const programs: ChildProcess[] = []
const folders: string[] = []
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill('SIGTERM')
    await once(program, 'close')
  }
  for (const node of nodes.splice(0)) await node.stop({ deadlineMs: 100 })
  for (const server of servers.splice(0)) server.close().closeAllConnections()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Starts nginx with this content of `http`, where `listen 80` is a free port, which it answers. */
async function startNginx(http: string): Promise<number> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'gensock-nginx-'))
  folders.push(folder)
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join('\n')
  const server = http.replace('listen 80;', `listen 127.0.0.1:${port};`)
  const file = join(folder, 'nginx.conf')
  const top = `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log stderr notice;\nevents {}\n`
  writeFileSync(file, `${top}http {\naccess_log off;\n${kept}\n${server}\n}\n`)
  const program = spawn(NGINX.path, ['-p', folder, '-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] })
  programs.push(program)
  let said = ''
  // It says which way of events it uses once its ports are open.
  await new Promise<void>((resolve, reject) => {
    program.stderr.on('data', (chunk) => {
      said += String(chunk)
      if (said.includes('event method')) resolve()
    })
    program.once('close', () => reject(new Error(`nginx ended:\n${said}`)))
  })
  return port
}

interface Home {
  readonly server: Server
  readonly listener: Listener
  readonly port: number
}
/** A program of its own, as far as anybody can see: a page and sockets that say `name`, and what they know of the client. */
async function home(name: string): Promise<Home> {
  const handler: SocketHandler<null> = {
    init: ({ request }) => ['push', text(`${name} ${request.remoteAddress} ${request.secure}`), null],
    handle: (frame) => ['push', frame, null],
  }
  const server = createServer((_request, response) => response.end(name))
  servers.push(server)
  const node = createNode({ logger: silentLogger })
  nodes.push(node)
  const listener = attach(server, [route('/ws', handler, { fallback: true })], { node, trustProxy: 1 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, listener, port: listener.port }
}

describe('in front of one process', () => {
  async function single(): Promise<string> {
    const { port } = await home('it')
    return `127.0.0.1:${await startNginx(one.replace('127.0.0.1:8080', `127.0.0.1:${port}`))}`
  }

  behindNginx(
    'a page of its own host gets its WebSocket, and what it writes into X-Forwarded-For counts for nothing',
    async () => {
      const host = await single()
      const headers = { origin: `http://${host}`, 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' }
      const ann = await client(`ws://${host}/ws`, { headers })
      expect(await ann.next()).toBe('it 127.0.0.1 false')
      ann.send('hi')
      expect(await ann.next()).toBe('hi')
      await expect(client(`ws://${host}/ws`, { headers: { origin: 'http://127.0.0.1' } })).rejects.toThrow('403')
      ann.socket.terminate()
    },
  )

  behindNginx('an event stream passes as it comes, a poll too', async () => {
    const url = `http://${await single()}/ws`
    const { id } = (await (await fetch(`${url}?gensock=open&via=sse`, { method: 'POST' })).json()) as { id: string }
    const stream = await fetch(`${url}?gensock=sse&id=${id}&ack=0`)
    let heard = ''
    for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
      heard += Buffer.from(chunk).toString()
      if (heard.includes('it 127.0.0.1')) break
    }
    expect(heard).toContain('event: attached')
    const poll = await fetch(`${url}?gensock=poll&id=${id}&ack=0`)
    expect(await poll.json()).toEqual([[1, 't', 'it 127.0.0.1 false']])
  })
})

describe('in front of several processes', () => {
  async function several(): Promise<{ readonly host: string; readonly homes: readonly [Home, Home] }> {
    const homes = [await home('a'), await home('b')] as const
    const settings = one
      .replace(UPSTREAM, many)
      .replace('127.0.0.1:8081', `127.0.0.1:${homes[0].port}`)
      .replace('127.0.0.1:8082', `127.0.0.1:${homes[1].port}`)
    return { host: `127.0.0.1:${await startNginx(settings)}`, homes }
  }
  /** A browser that comes for the first time: whose page it gets, and the cookie. */
  async function visit(host: string): Promise<{ readonly name: string; readonly cookie: string }> {
    const answer = await fetch(`http://${host}/`)
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(/^route=\w{32}; Path=\/; HttpOnly; SameSite=Lax$/)
    return { name: await answer.text(), cookie: cookie.split(';', 1).join() }
  }
  const nameOf = async (guest: DocsClient): Promise<string> =>
    String(await guest.next())
      .split(' ', 1)
      .join()

  behindNginx('whoever has the cookie comes back to the process that has had him, by whatever transport', async () => {
    const { host } = await several()
    const seen = new Set<string>()
    for (let visits = 0; visits < 20 || seen.size < 2; visits++) {
      const { name, cookie } = await visit(host)
      seen.add(name)
      const again = await fetch(`http://${host}/`, { headers: { cookie } })
      expect([await again.text(), again.headers.getSetCookie()]).toEqual([name, []])
      const guest = await client(`ws://${host}/ws`, { headers: { cookie } })
      expect(await nameOf(guest)).toBe(name)
      guest.socket.terminate()
      const open = await fetch(`http://${host}/ws?gensock=open&via=longPoll`, { method: 'POST', headers: { cookie } })
      const { id } = (await open.json()) as { id: string }
      const poll = await fetch(`http://${host}/ws?gensock=poll&id=${id}&ack=0`, { headers: { cookie } })
      expect(await poll.json()).toEqual([[1, 't', `${name} 127.0.0.1 false`]])
    }
  })

  behindNginx('when a process is gone its visitors are taken to another one', async () => {
    const { host, homes } = await several()
    const { name, cookie } = await visit(host)
    const { listener, server } = homes[name === 'a' ? 0 : 1]
    await listener.drain({ deadlineMs: 100 })
    server.close().closeAllConnections()
    const guest = await client(`ws://${host}/ws`, { headers: { cookie } })
    expect(await nameOf(guest)).toBe(name === 'a' ? 'b' : 'a')
    guest.socket.terminate()
  })
})

// Debian's nginx as a proxy, with exactly the settings that Chicago Boss's page on WebSockets tells its users to add, or with others. One
// process without a master, in a folder of its own; ended by its pid. Entered by tests.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.js'
import { nginxProgram } from '../programs.js'

export const NGINX = nginxProgram()
const PROXY_SETTINGS = `
proxy_set_header Host $host;
proxy_http_version 1.1;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection "upgrade";`
/** Requests below this path are cut when the server is silent for that long. */
export const SHORT = { path: '/short', readTimeoutMs: 1000 } as const
const LIMIT_MS = 60_000

/** A port, or one that is proxied with these settings alone. */
export type Upstream = number | { readonly port: number; readonly settings: string }
export interface Proxy {
  /** One for each upstream, in their order. */
  readonly ports: readonly number[]
  /** Ends at once what it proxies. */
  stop(): Promise<void>
}

function config(prefix: string, pairs: readonly (readonly [port: number, upstream: Upstream])[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${prefix}/${kind};`)
  const servers = pairs.map(([port, upstream]) => {
    const { port: to, settings } = typeof upstream === 'number' ? { port: upstream, settings: PROXY_SETTINGS } : upstream
    return `
server {
listen 127.0.0.1:${port};
location / {
proxy_pass http://127.0.0.1:${to};${settings}
}
location ${SHORT.path}/ {
proxy_pass http://127.0.0.1:${to};${settings}
proxy_read_timeout ${SHORT.readTimeoutMs}ms;
}
}`
  })
  return `daemon off;
master_process off;
pid ${prefix}/nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
access_log off;
${temporary.join('\n')}
${servers.join('\n')}
}
`
}

/** It says which way of events it uses once its ports are open. */
async function ready(child: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      said += String(chunk)
      if (said.includes('event method')) resolve()
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(`nginx ended:\n${said}`)))
  })
}

/** Starts one nginx with a port for each upstream port. */
export async function startNginx(...upstreams: readonly Upstream[]): Promise<Proxy> {
  const prefix = mkdtempSync(join(tmpdir(), 'gensock-nginx-'))
  const ports: number[] = []
  while (ports.length < upstreams.length) ports.push(await freePort())
  const file = join(prefix, 'nginx.conf')
  writeFileSync(
    file,
    config(
      prefix,
      ports.map((port, i) => [port, upstreams[i] as Upstream]),
    ),
  )
  const child = spawn(NGINX.path, ['-p', prefix, '-c', file, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  await ready(child)
  const ended = once(child, 'close')
  return {
    ports,
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(prefix, { recursive: true })
    },
  }
}

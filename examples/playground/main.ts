// `npm start`: the playground on PORT (8080 unless set), until SIGINT or SIGTERM.
import { startPlayground } from './server.js'

const given = process.env['PORT'] ?? ''
const port = given === '' ? 8080 : Number(given)

if (!/^\d*$/.test(given) || port > 65535) {
  refuse(`PORT must be a whole number from 0 to 65535, got ${JSON.stringify(given)}`)
} else {
  await serve()
}

async function serve(): Promise<void> {
  try {
    const playground = await startPlayground(port)
    const stop = (): void => void playground.stop()
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    console.log(`gensock playground: ${playground.url} (Ctrl+C stops it)`)
  } catch (error) {
    refuse(whyNot(error as NodeJS.ErrnoException))
  }
}

function whyNot(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE')
    return `port ${port} is taken; choose another one: PORT=${port === 65535 ? 8080 : port + 1} npm start`
  if (error.code === 'EACCES') return `port ${port} needs more rights; choose another one: PORT=8080 npm start`
  return String(error)
}

function refuse(why: string): void {
  console.error(`gensock playground: ${why}`)
  process.exitCode = 1
}

// `node door.mjs DOOR`: imports a door of the library, prints what was loaded: as ECMAScript modules, and by `require` in them.
import { createRequire, register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { opened } from './opened.cjs'

const { cache } = createRequire(import.meta.url)
const before = new Set(Object.keys(cache))
const { port1: heard, port2: port } = new MessageChannel()
register('./loaded.mjs', import.meta.url, { data: { port }, transferList: [port] })
const door = await import(process.argv[2])

const files = new Set(Object.keys(cache).filter((file) => !before.has(file)))
for (let said = receiveMessageOnPort(heard); said !== undefined; said = receiveMessageOnPort(heard))
  if (said.message.startsWith('file:')) files.add(fileURLToPath(said.message))
opened([...files], door)
heard.close()

// The ESM and the CommonJS copy in one program: one default node, pids and errors that both know.
import { createRequire } from 'node:module'
import * as esm from 'gensock'

const cjs = createRequire(import.meta.url)('gensock')
console.log(`copies: ${esm.spawn === cjs.spawn ? 'one' : 'two'}`)
const got = new Promise((resolve) => {
  const pid = esm.spawn(async (self) => resolve(await self.receive('hello')), { name: 'receiver' })
  console.log(`registered here, found there: ${cjs.whereis('receiver') === pid}`)
  console.log(`a pid in both: ${cjs.isPid(pid)}, one node: ${cjs.defaultNode().name === esm.defaultNode().name}`)
})
cjs.spawn((self) => self.send('receiver', { type: 'hello', from: self.pid }))
const { from } = await got
console.log(`a message across: ${esm.isPid(from)}`)
const pid = cjs.spawnProcess({ init: () => 0, message: () => cjs.exit('bad') })
const reason = await new Promise((resolve) => {
  esm.spawn(async (self) => {
    self.monitor(pid)
    self.send(pid, 'go')
    resolve((await self.receive(esm.isDown)).reason)
  })
})
console.log(`an end across: ${reason}`)

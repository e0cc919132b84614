// The ESM and the CommonJS copy in one program: one default node, pids and errors that both know.
import { createRequire } from 'node:module'
import * as esm from 'gensock'
import { machineServer } from 'gensock/xstate'
import { createMachine, fromPromise } from 'xstate'

const require = createRequire(import.meta.url)
const cjs = require('gensock')
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
const thrown = await cjs.call('nobody', 'hi').catch((error) => error)
const is = [esm.GensockError, esm.CallError, esm.BadArgError].map((type) => thrown instanceof type)
console.log(`an error across: ${is.join()}`)
const machines = require('gensock/xstate')
const worker = machines.fromProcess((_self, { sendBack }) => sendBack({ type: 'worked' }))
const me = fromPromise(async ({ system }) => machines.selfOf(system).pid)
const machine = createMachine({
  initial: 'working',
  context: {},
  states: {
    working: { invoke: { src: worker }, on: { worked: 'asking' } },
    asking: { invoke: { src: me, onDone: { target: 'done', actions: ({ event }) => void (seen = event.output) } } },
    done: { type: 'final' },
  },
  output: 'its output',
})
let seen
const [, pidOfMachine] = await machineServer.start(machine)
console.log(`a machine across: ${await machines.machineServer.output(pidOfMachine)}, itself: ${seen === pidOfMachine}`)

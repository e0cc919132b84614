// The light under a supervisor: breaks in the middle of green, and is green again with what was left of the time.
import { type Exit, isDown, type Receiver, send, supervisor, unwrap, whereis } from 'gensock'
import { machineChild, type MachinePid, machineServer } from 'gensock/xstate'
import { light } from './light.js'

const BREAK_AFTER_MS = 700
const END_AFTER_MS = 2000

/** What main.ts and the test spawn: prints what happens, then ends. */
export function demo(print: (line: string) => void): (self: Receiver<Exit>) => Promise<void> {
  return async (self) => {
    const child = machineChild('light', light, { name: 'light', keepSnapshot: true, input: { print } })
    const tree = unwrap(await self.run(() => supervisor.startLink({ children: [child] })))

    await self.sleep(BREAK_AFTER_MS)
    const broken = whereisLight(self)
    self.monitor(broken)
    self.run(() => send(broken, { type: 'break' }))
    const { reason } = (await self.receive(isDown)) as { reason: unknown }
    print(`-- the light ended: ${String(reason)}`)

    await self.run(() => supervisor.whichChildren(tree)) // answers once the restart is done
    const { value } = await self.run(() => machineServer.snapshot(whereisLight(self)))
    print(`-- its supervisor has started it anew: ${value}`)

    await self.sleep(END_AFTER_MS - BREAK_AFTER_MS)
    await self.run(() => supervisor.stop(tree))
  }
}

function whereisLight(self: Receiver<Exit>): MachinePid<typeof light> {
  return self.run(() => whereis<MachinePid<typeof light>>('light')) as MachinePid<typeof light>
}

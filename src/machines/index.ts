// Door "gensock/xstate": XState machines as processes, processes as XState actors.
export { actorOf } from './actor-of.js'
export { selfOf } from './machine-self.js'
export { machineChild, machineServer } from './machine-server.js'
export type { KeptDelay, KeptSnapshot, SnapshotStore } from './machine-snapshot.js'
export type { MachineChildOptions, MachineOptions, MachinePid } from './machine-types.js'
export { fromProcess, type InvokedArgs, InvokedExit, type InvokedProcess, type InvokedSnapshot } from './process-logic.js'

// Door "gensock/testing": a node with virtual time, and what tests need around it.
export type { FakeTransport } from './fake-peer.js'
export { type FakeTransportOptions, fakeTransport } from './fake-transport.js'
export type { CrashReport } from './crashes.js'
export { type GensockMatchers, type Matchers, matchers } from './matchers.js'
export type { OpenProcess, WaitsFor } from './open-processes.js'
export type { AsymmetricMatcher, MessagePattern } from './pattern.js'
export type { ExpectOptions, Probe } from './probe.js'
export { type TestNode, type TestNodeOptions, testNode } from './test-node.js'
export { type VirtualClock, virtualClock } from './virtual-clock.js'
export { type Chance, chance } from './chance.js'
export type { SimulatedTransport } from './network.js'
export {
  protocolClient,
  type ProtocolTestClient,
  type ProtocolTestClientOptions,
  type ReceivedMessage,
} from './protocol-client.js'
export { simulate, SimulationError, type SimulateOptions, type SimulationResult } from './simulate.js'
export type { Faults, Simulation } from './simulation.js'
export type { TransportBench, TransportFact, TransportPeer } from './transport-bench.js'
export { transportSuite } from './transport-suite.js'

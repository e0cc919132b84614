// Door "gensock/testing": a node with virtual time, and what tests need around it.
export { type FakeTransportOptions, type FakeTransport, fakeTransport } from './fake-transport.js'
export type { Probe } from './probe.js'
export { type CrashReport, type TestNode, type TestNodeOptions, testNode } from './test-node.js'
export { type VirtualClock, virtualClock } from './virtual-clock.js'
export type { TransportBench, TransportFact, TransportPeer } from './transport-bench.js'
export { transportSuite } from './transport-suite.js'

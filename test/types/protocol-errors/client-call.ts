// A client calls: a call that is not in the contract, a request that does not fit, none, an option that there is not, another reply.
import { connect } from 'gensock/client'
import { chat } from './contract.js'

const client = connect('/chat', { protocol: chat })
await client.call.histroy({ last: 10 })
await client.call.history({ last: '10' })
await client.call.history()
await client.call.history({ last: 10 }, { timeout: 100 })
export const lines: string = await client.call.history({ last: 10 })

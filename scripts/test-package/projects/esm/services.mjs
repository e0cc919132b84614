// The program of services.cjs with the ESM doors.
import * as core from 'gensock'
import * as boss from 'gensock/chicago-boss'
import * as socket from 'gensock/socket'
import { WebSocket } from 'ws'
import services from './services.cjs'

await services.main({ core, socket, boss, WebSocket })

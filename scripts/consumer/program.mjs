// The program of program.cjs with the ESM doors.
import * as core from 'gensock'
import * as cowboy from 'gensock/cowboy'
import * as socket from 'gensock/socket'
import * as testing from 'gensock/testing'
import * as xstate from 'gensock/xstate'
import { WebSocket } from 'ws'
import { createMachine } from 'xstate'
import program from './program.cjs'

await program.main({ core, socket, cowboy, testing, xstate, createMachine, WebSocket })

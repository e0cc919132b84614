// The table of all instructions, one room for each section of the instruction set. An instruction that is in none of them
// makes a scenario different: `unsupported instruction NAME`.
import { genServerInstructions, genStatemInstructions } from './instructions-clients.js'
import { controlInstructions } from './instructions-control.js'
import { linkInstructions } from './instructions-links.js'
import { messageInstructions } from './instructions-messages.js'
import { pgInstructions } from './instructions-pg.js'
import { supervisorInstructions } from './instructions-supervisor.js'
import { nameInstructions, processInstructions } from './instructions-processes.js'
import { startInstructions } from './instructions-start.js'
import { sysInstructions } from './instructions-sys.js'
import { timeInstructions } from './instructions-time.js'
import { timerInstructions } from './instructions-timers.js'
import type { InstructionTable } from './interpreter.js'

export const instructions: InstructionTable = {
  ...controlInstructions,
  ...timeInstructions,
  ...processInstructions,
  ...messageInstructions,
  ...linkInstructions,
  ...nameInstructions,
  ...timerInstructions,
  ...startInstructions,
  ...genServerInstructions,
  ...genStatemInstructions,
  ...sysInstructions,
  ...supervisorInstructions,
  ...pgInstructions,
}

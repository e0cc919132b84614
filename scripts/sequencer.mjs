// The order of test files: the slow ones first, also where jest has no times of an earlier run, as in a fresh clone. There it would go by
// the size of the files, and a slow one that begins last leaves a core with nothing to do. Entered by jest.
import { posix, relative, sep } from 'node:path'
import Sequencer from '@jest/test-sequencer'

/** Seconds of what takes longer than its size says, as they were once, on two cores. No need to be right. */
const SECONDS = {
  'browser/supervision': 31,
  'browser/chat': 31,
  'browser/playground': 28,
  'browser/boss': 28,
  'browser/zotonic': 26,
  'browser/stream-fallback': 23,
  'otp/oracle': 20,
  'browser/stream-resume': 17,
  'browser/stream': 14,
  'browser/stream-connect': 13,
  'attacks/program': 10,
  'browser/notifications': 9,
  'foreign/chromium': 9,
  'behaviours/dynamic-supervisor': 9,
  'handlers/chicago-boss/model': 9,
  'examples/playground': 8,
  'bench/serve-load': 8,
  'models/supervisor': 7,
  'client/servers': 6,
  'transports/fallback-hostile': 5,
  'examples/hello': 5,
  'examples/slow-listener': 4,
  'groups/pg': 4,
  'sessions/queue-property': 4,
  'browser/stream-early': 4,
  'transports/authorize': 3,
  'transports/timeouts': 3,
  'foreign/python': 3,
  'foreign/nginx': 3,
}

// oxlint-disable-next-line import/no-default-export -- jest asks for one
export default class SlowFirst extends Sequencer {
  time(test) {
    return super.time(test) ?? guess(test)
  }
}

/** ms: from the table, or a tenth of a second and one for each 20 kB. */
function guess({ path, context }) {
  const file = relative(context.config.rootDir, path).split(sep).join(posix.sep)
  const seconds = SECONDS[file.replace(/^test\//, '').replace(/\.test\.ts$/, '')]
  return seconds === undefined ? 100 + (context.hasteFS.getSize(path) ?? 0) / 20 : seconds * 1000
}

// The order of test files: the slow ones first, also where jest has no times of an earlier run, as in a fresh clone. There it would go by
// the size of the files, and a slow one that begins last leaves a core with nothing to do. Entered by jest.
import { posix, relative, sep } from 'node:path'
import Sequencer from '@jest/test-sequencer'

/** Seconds of what takes longer than its size says, as they were once, on two cores. No need to be right. */
const SECONDS = {
  'simulation/variants': 35,
  'browser/chat': 25,
  'browser/supervision': 24,
  'browser/zotonic': 22,
  'browser/playground': 22,
  'browser/boss': 20,
  docs: 20,
  'browser/stream-fallback': 16,
  'fuzz/broken': 13,
  'browser/stream-resume': 13,
  'examples/readmes': 11,
  'docs/cluster': 10,
  'behaviours/dynamic-supervisor': 10,
  'otp/oracle': 10,
  'soak/leaks': 9,
  'chaos/chaos': 9,
  'docs/migrating': 8,
  'groups/pg': 8,
  'bench/serve-load': 8,
  'models/supervisor': 8,
  'browser/stream': 8,
  'browser/stream-connect': 8,
  'browser/notifications': 7,
  'attacks/program': 7,
  'simulation/scenarios': 7,
  'examples/playground': 7,
  'handlers/chicago-boss/model': 7,
  'transports/unmask': 6,
  'client/servers': 6,
  'testing/simulate': 6,
  'examples/hello': 5,
  'fuzz/fuzz': 5,
  'transports/fallback-hostile': 5,
  'transports/frame-reader-properties': 5,
  'exports/typed': 4,
  'packages/create-gensock': 4,
  'testing/kit': 4,
  'examples/zotonic': 4,
  'examples/slow-listener': 4,
  'bench/actors': 4,
  'bench/wsload': 4,
  'sessions/queue-property': 4,
  'browser/stream-early': 4,
  'handlers/bullet/fallback-messages': 3,
  'foreign/chromium': 3,
  'foreign/python': 3,
  'foreign/nginx': 3,
  'attacks/floods': 3,
  'attacks/slow-peers': 3,
  'transports/authorize': 3,
  'transports/timeouts': 3,
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

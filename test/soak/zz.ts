import { spawn } from 'node:child_process'
import { soak } from './run.js'
const hogs = Array.from({ length: 8 }, () => spawn(process.execPath, ['-e', 'const t=Date.now();while(Date.now()-t<200000);']))
const changes = [
  { from: /_error\((error\d*)\) \{\s*this\._sink/, to: '_error($1) { console.error("WSERR", $1.code, this.__log?.join(" | ")); this._sink' },
  { from: /this\.#isDeaf = true;\s*this\.#reads = false;/, to: '$& console.error("SCAN", bad, bytes.length, this.__log?.join(" | "));' },
  { from: /\n  _read\((chunk\d*)\) \{/, to: '$& (this.__log ??= []).push("READ " + $1.length + " " + $1.subarray(0, 12).toString("hex") + ".." + $1.subarray(-12).toString("hex") + " p" + (this._partial ? this._partial.missing : "-"));' },
  { from: /\n  _others\((bytes\d*)\) \{/, to: '$& (this.__log ??= []).push("OTH " + $1.length + " " + $1.subarray(0, 12).toString("hex"));' },
  { from: /\n  _closed\(\) \{/, to: '$& (this.__log ??= []).push("CLOSED " + this.__rl?.());' },
]
const r = await soak({ seconds: 150, seed: 11, changes, say: (l) => console.log(l) })
for (const hog of hogs) hog.kill()
console.log(r.errors.slice(0, 9000), r.load.losses, r.marks.at(-1)?.sample.closed, r.marks.at(-1)?.sample.broken)
process.exit(0)

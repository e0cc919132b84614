// What something costs: CPU time of this process, not time on the wall, which is longer when the machine does other things as well.
// Entered by tests that compare the cost of few with the cost of many.

/** ms of CPU that this process has used so far. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

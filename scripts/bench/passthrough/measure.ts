import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Of one or more processes. */
export interface Cost {
  readonly cpuMsPerS: number
  readonly rssMb: number
}

/** Linux counts CPU time in hundredths of a second (USER_HZ). */
const tickMs = 10

export async function costOf(pids: readonly number[], forMs: number): Promise<Cost> {
  const before = total(pids, cpuMs)
  const begunMs = performance.now()
  await sleep(forMs)
  const seconds = (performance.now() - begunMs) / 1000
  return { cpuMsPerS: (total(pids, cpuMs) - before) / seconds, rssMb: total(pids, rssMb) }
}

function total(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + of(pid), 0)
}

/** User and system time, fields 14 and 15 of proc_pid_stat(5); the second field may hold blanks. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

function rssMb(pid: number): number {
  const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
  return Number(kb) / 1024
}

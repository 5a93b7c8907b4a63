import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Of one or more processes with all that they have started. */
export interface Cost {
  readonly cpuMsPerS: number
  /** Resident, and proportional: what processes share counts once. */
  readonly rssMb: number
  readonly pssMb: number
}

/** Linux counts CPU time in hundredths of a second (USER_HZ). */
const tickMs = 10

export async function costOf(roots: readonly number[], forMs: number): Promise<Cost> {
  const before = cpuMs(roots)
  const begunMs = performance.now()
  await sleep(forMs)
  const seconds = (performance.now() - begunMs) / 1000
  const spentMs = cpuMs(roots) - before
  return { cpuMsPerS: spentMs / seconds, ...memoryMb(roots) }
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly cpuMs: number
}

function cpuMs(roots: readonly number[]): number {
  return family(roots).reduce((sum, process) => sum + process.cpuMs, 0)
}

function memoryMb(roots: readonly number[]): { rssMb: number; pssMb: number } {
  const memory = { rssMb: 0, pssMb: 0 }
  for (const { pid } of family(roots)) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
    memory.rssMb += Number(/^Rss:\s+(\d+)/m.exec(text)?.[1]) / 1024
    memory.pssMb += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1024
  }
  return memory
}

function family(roots: readonly number[]): Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
  const members = new Set(roots)
  // A process is listed before what it starts only as long as pids do not come round.
  for (let known = 0; known < members.size; ) {
    known = members.size
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid)
  }
  return all.filter(({ pid }) => members.has(pid))
}

/**
 * Fields 4 and 14 to 17 of proc_pid_stat(5), those of children that have ended among them; the second field
 * may hold blanks.
 */
function readProcess(pid: number): Process | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0)
    return { pid, parent: Number(fields[1]), cpuMs: ticks * tickMs }
  } catch {
    return null
  }
}

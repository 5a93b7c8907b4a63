import { readFile } from 'node:fs/promises'

/** Kernel ticks of proc(5)'s times: USER_HZ is 100 on every Linux that Node runs on. */
const tickMs = 10
/** Fields behind the program's name, which is in brackets and may hold anything: state is the first. */
const userField = 11
const systemField = 12

/** CPU time that a process has used since its start, in milliseconds; null: it is gone. */
export async function cpuMsOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[userField]) + Number(fields[systemField])) * tickMs
}

import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { type ChildDescription, type ChildExit, SupervisedChild } from '../../src/platform/child.ts'
import { createLog } from '../../src/platform/log.ts'

const log = createLog('silent')

/** A child whose ends can be awaited one after the other. */
function supervised(description: Omit<ChildDescription, 'log' | 'name' | 'onExit'>) {
  const exits: ChildExit[] = []
  const waiting: ((exit: ChildExit) => void)[] = []
  const child = new SupervisedChild({
    name: 'tested',
    log,
    ...description,
    onExit: (exit) => {
      const waiter = waiting.shift()
      if (waiter === undefined) exits.push(exit)
      else waiter(exit)
    },
  })
  onTestFinished(() => child.stop())
  const nextExit = () =>
    new Promise<ChildExit>((resolve) => {
      const exit = exits.shift()
      if (exit === undefined) waiting.push(resolve)
      else resolve(exit)
    })
  return { child, nextExit }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}

it('reports how a child ended, with the end of its standard error and no credentials', async () => {
  const { child, nextExit } = supervised({
    argv: ['sh', '-c', 'head -c 9000 /dev/zero | tr "\\0" x >&2; echo " rtsp://u:p4ss@h gone" >&2; exit 7'],
  })
  child.start()
  const exit = await nextExit()
  expect(exit.code).toBe(7)
  expect(exit.stderr.length).toBeLessThanOrEqual(4096)
  expect(exit.stderr).toMatch(/x rtsp:\/\/\*\*\*@h gone$/)
  expect(child.process).toBeNull()
})

it('says so when the program does not exist', async () => {
  const { child, nextExit } = supervised({ argv: ['/nonexistent/program'] })
  child.start()
  const exit = await nextExit()
  expect(exit.code).not.toBe(0)
  expect(exit.stderr).toContain('/nonexistent/program')
})

it('starts a child again after each failure until it is stopped', async () => {
  const { child, nextExit } = supervised({
    argv: ['sh', '-c', 'exit 1'],
    restart: { firstMs: 10, longestMs: 20 },
  })
  child.start()
  for (let run = 0; run < 3; run += 1) expect((await nextExit()).code).toBe(1)
  await child.stop()
  expect(child.process).toBeNull()
})

it('kills a child that does not stop', async () => {
  const { child, nextExit } = supervised({
    argv: ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'],
    stdio: ['ignore', 'pipe', 'pipe'],
    graceMs: 200,
  })
  child.start()
  await new Promise((resolve) => child.process?.stdout?.once('data', resolve))
  await child.stop()
  expect((await nextExit()).signal).toBe('SIGKILL')
})

it('passes none of our settings on to a child', async () => {
  process.env['ADMIN_PASSWORD'] = 'not-for-children'
  onTestFinished(() => {
    delete process.env['ADMIN_PASSWORD']
  })
  const { child } = supervised({
    argv: ['sh', '-c', 'env; exit 0'],
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { OURS: 'yes' },
  })
  child.start()
  let output = ''
  child.process?.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString()
  })
  await until(() => child.process === null)
  expect(output).toContain('OURS=yes')
  expect(output).not.toContain('not-for-children')
})

it('leaves no child behind when its parent is killed with -9', async () => {
  const program = `
    import { SupervisedChild } from './src/platform/child.ts'
    import { createLog } from './src/platform/log.ts'
    const child = new SupervisedChild({ name: 'sleeper', argv: ['sleep', '600'], log: createLog('silent') })
    child.start()
    console.log(child.pid)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    parent.kill('SIGKILL')
  })
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
  expect(alive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await until(() => !alive(pid))
})

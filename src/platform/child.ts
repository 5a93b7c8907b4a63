import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { type Backoff, backoffMs } from '../domain/backoff.ts'
import { redactCredentials } from '../domain/redact.ts'
import type { Log } from './log.ts'

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it wrote to standard error, without credentials. */
  readonly stderr: string
  readonly ranMs: number
}

export interface ChildDescription {
  readonly name: string
  /** Program and arguments; no shell ever sees them. */
  readonly argv: readonly [string, ...string[]]
  readonly log: Log
  /** More `setpriv` options: another uid, capabilities. */
  readonly privileges?: readonly string[]
  readonly cwd?: string
  /** Added to the few harmless variables that every child gets. */
  readonly env?: Readonly<Record<string, string>>
  /** Default: no input, no output, the end of standard error kept. 'pipe' in third place keeps it too. A function is called at each start. */
  readonly stdio?: StdioOptions | (() => StdioOptions)
  /** Sent by the kernel when the gateway dies, however it dies. */
  readonly deathSignal?: 'TERM' | 'INT' | 'KILL'
  readonly stopSignal?: NodeJS.Signals
  /** From the stop signal to SIGKILL. */
  readonly graceMs?: number
  /** Null: it runs once. Otherwise it is started again, later and later, until it stays up. */
  readonly restart?: Backoff | null
  /** Each time that a process has been started; attach to its pipes here. */
  readonly onStart?: (process: ChildProcess) => void
  /** Each time that it ended, also by `stop()`. */
  readonly onExit?: (exit: ChildExit) => void
}

const stderrTailBytes = 4096
const pipeGraceMs = 250
/** A child that stayed up this long counts as healthy: the next failure is a first one again. */
const healthyMs = 30_000
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH'] as const

/**
 * What a child sees of our environment: never our settings, as they hold passwords. (The one place
 * beside `config.ts` that reads process.env; nothing in it configures us.)
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = {}
  for (const name of passedOn) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return { ...env, ...more }
}

/**
 * A child process owned for its whole life: started, watched, started again after growing waits, and
 * stopped. It also ends when we are killed with -9 (PR_SET_PDEATHSIG, so the start must come from the
 * main thread: the signal follows the thread that made the child).
 */
export class SupervisedChild {
  readonly #description: ChildDescription
  readonly #log: Log
  #process: ChildProcess | null = null
  #exited: Promise<void> = Promise.resolve()
  #retry: NodeJS.Timeout | null = null
  #failures = 0
  #stopping = false

  constructor(description: ChildDescription) {
    this.#description = description
    this.#log = description.log.child({ child: description.name })
  }

  /** The running process, for its pipes; null between runs. */
  get process(): ChildProcess | null {
    return this.#process
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    if (this.#process !== null || this.#stopping) return
    const { argv, privileges = [], deathSignal = 'TERM', cwd, env, stdio, onStart } = this.#description
    const startedAt = performance.now()
    const child = spawn('setpriv', ['--pdeathsig', deathSignal, ...privileges, '--', ...argv], {
      env: childEnvironment(env),
      stdio: (typeof stdio === 'function' ? stdio() : stdio) ?? ['ignore', 'ignore', 'pipe'],
      // A group of its own: Ctrl-C reaches the gateway alone, which then stops its children in order.
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    })
    this.#process = child
    let stderr = Buffer.alloc(0)
    child.stderr?.on('data', (bytes: Buffer) => {
      stderr = Buffer.concat([stderr, bytes]).subarray(-stderrTailBytes)
    })
    this.#exited = new Promise((resolve) => {
      let ended = false
      const end = (code: number | null, signal: NodeJS.Signals | null, text: string) => {
        if (ended) return
        ended = true
        this.#process = null
        resolve()
        this.#ended({ code, signal, stderr: redactCredentials(text), ranMs: performance.now() - startedAt })
      }
      child.once('error', (error) => {
        end(null, null, error.message)
      })
      const endNow = (code: number | null, signal: NodeJS.Signals | null) => {
        end(code, signal, stderr.toString('utf8').trim())
      }
      child.once('close', endNow)
      // 'close' also waits for grandchildren that still hold the pipe; they do not keep us.
      child.once('exit', (code, signal) => {
        setTimeout(endNow, pipeGraceMs, code, signal).unref()
      })
    })
    this.#log.debug({ pid: child.pid }, 'child started')
    onStart?.(child)
  }

  /** Ends it for good: the stop signal, then SIGKILL after the grace. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    const child = this.#process
    if (child === null) return
    const { stopSignal = 'SIGTERM', graceMs = 5_000 } = this.#description
    child.kill(stopSignal)
    const kill = setTimeout(() => {
      this.#log.warn({ graceMs }, 'child did not stop in time and is killed')
      child.kill('SIGKILL')
    }, graceMs)
    await this.#exited
    clearTimeout(kill)
  }

  #ended(exit: ChildExit): void {
    const { restart = null, onExit } = this.#description
    if (this.#stopping) this.#log.debug({ code: exit.code, signal: exit.signal }, 'child stopped')
    else this.#log.warn({ ...exit, ranMs: Math.round(exit.ranMs) }, 'child ended by itself')
    onExit?.(exit)
    if (this.#stopping || restart === null) return
    this.#failures = exit.ranMs >= healthyMs ? 1 : this.#failures + 1
    const waitMs = backoffMs(restart, this.#failures, Math.random())
    this.#log.info({ waitMs, failures: this.#failures }, 'child will be started again')
    this.#retry = setTimeout(() => {
      this.#retry = null
      this.start()
    }, waitMs)
  }
}

import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'

/**
 * Progress goes to standard error: standard output belongs to the command (a benchmark's last line
 * there is read by programs).
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`[set-up] ${line}\n`)
}

/**
 * Runs one program of the set-up with its output shown; throws when it fails.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function runStep(file, args, env = process.env) {
  const result = spawnSync(file, args, { stdio: ['inherit', process.stderr, process.stderr], env })
  if (result.error) throw new Error(`${file} could not be run: ${result.error.message}`)
  if (result.signal) process.kill(process.pid, result.signal)
  if (result.status !== 0) throw new Error(`${[file, ...args].join(' ')} failed (exit ${result.status})`)
}

const forwarded = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
const sameKeystrokeMs = 1000

/**
 * Runs the command in our place: same input and output, our signals, our exit code.
 *
 * The command gets a process group of its own. Otherwise one Ctrl-C would reach it up to three times
 * (from the terminal, from npm, from us), and a second one means "at once, without tidying up".
 * @param {string} file
 * @param {readonly string[]} args
 */
export function becomeCommand(file, args) {
  const child = spawn(file, args, { stdio: 'inherit', detached: true })
  let lastMs = -Infinity
  for (const signal of forwarded) {
    process.on(signal, () => {
      const nowMs = performance.now()
      if (nowMs - lastMs < sameKeystrokeMs) return
      lastMs = nowMs
      child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`${file} could not be run: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal])
  })
}

import { startGateway } from './compose.ts'
import { type Config, loadConfig } from './config.ts'
import { GatewayError } from './domain/errors.ts'
import { redactCredentials } from './domain/redact.ts'
import { createLog } from './platform/log.ts'
import { reckonPictureMemory } from './platform/memory.ts'

/** Ctrl-C promises to stop everything within ten seconds: what hangs longer is left to the kernel. */
const stopWithinMs = 9_500

reckonPictureMemory()
const config = configured()
const log = createLog(config.logLevel)
process.on('uncaughtException', (error) => {
  log.fatal({ err: error }, 'unexpected error')
  process.exit(1)
})

const starting = startGateway(config, log)
let stopping = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping) process.exit(130)
    stopping = true
    setTimeout(() => {
      log.error('not stopped in time')
      process.exit(1)
    }, stopWithinMs).unref()
    starting
      .then((gateway) => gateway.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'not stopped cleanly')
          process.exit(1)
        },
      )
  })
}

try {
  const gateway = await starting
  say('', '雪亮视频共享网关 Xueliang Gateway', '', `  ${gateway.address}`, '')
  if (gateway.firstSignIn !== null) {
    const { username, password } = gateway.firstSignIn
    say(
      `  用户名 user:                     ${username}`,
      `  一次性密码 one-time password:    ${password}`,
      '  (首次登录后必须修改 to be changed at the first sign-in)',
      '',
    )
  }
  say('  Ctrl-C 停止 stops it.', '')
} catch (error) {
  fail(error)
}

function configured(): Config {
  try {
    return loadConfig(process.env)
  } catch (error) {
    return fail(error)
  }
}

function say(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** One line for what an administrator can mend, all of it for what only we can. */
function fail(error: unknown): never {
  const text =
    error instanceof GatewayError
      ? `${error.code}: ${error.message}`
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error)
  process.stderr.write(`${redactCredentials(text)}\n`)
  process.exit(1)
}

import { type Logger, pino } from 'pino'
import { redactCredentials } from '../domain/redact.ts'

export type Log = Logger

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

const secretFields = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'secret',
  'authorization',
  'cookie',
]

/** Where lines go: standard error unless a test wants to read them. */
export interface LogSink {
  write(line: string): void
}

/**
 * One JSON object a line. Fields named like a secret are cut out two levels deep; then the whole line
 * is cleaned of credentials in URLs and headers, whichever message or error brought them.
 */
export function createLog(level: LogLevel, sink: LogSink = pino.destination({ fd: 2, sync: true })): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '***',
      },
      hooks: { streamWrite: redactCredentials },
    },
    sink,
  )
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { GatewayError } from '../../src/domain/errors.ts'

const TIMEOUT_MS = 180_000

/** @param argv everything but the global options; the output file must be in it. */
export async function runFfmpeg(argv: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...argv], {
      timeout: TIMEOUT_MS,
      maxBuffer: 1024 * 1024,
    })
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause)
    throw new GatewayError({
      kind: 'internal',
      code: 'demo-clip-failed',
      message: `ffmpeg could not make a demo clip: ${said.slice(-400)}`,
      cause,
    })
  }
}

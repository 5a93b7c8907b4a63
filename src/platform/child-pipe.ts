import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { GatewayError } from '../domain/errors.ts'

/** As much as a pipe of Linux holds. */
const bufferBytes = 65_536

/** A pipe whose writing end goes to a child and whose reading end fills memory of ours. */
export interface ChildPipe {
  /** For the child's `stdio`; call `handedOver` when the child has it. */
  readonly theirs: number
  handedOver(): void
  pause(): void
  resume(): void
  close(): void
}

/**
 * Node's own pipes make a new buffer for every reading. With frames that is so much that the whole heap is
 * collected several times a second; here all readings share one buffer.
 *
 * @param path where nothing is; for a moment only
 * @param onBytes the bytes are used at once: the next reading writes over them
 */
export function openChildPipe(path: string, onBytes: (bytes: Uint8Array) => void): ChildPipe {
  rmSync(path, { force: true })
  const { status, stderr } = spawnSync('mkfifo', ['-m', '600', path])
  if (status !== 0) {
    throw new GatewayError({
      kind: 'internal',
      code: 'pipe-failed',
      message: `no pipe at ${path}: ${stderr.toString().trim()}`,
    })
  }
  // Not waiting for a writer; that comes with the next line.
  const ours = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const theirs = openSync(path, constants.O_WRONLY)
  rmSync(path)
  const buffer = new Uint8Array(bufferBytes)
  const socket = new Socket({
    fd: ours,
    readable: true,
    writable: false,
    onread: {
      buffer,
      callback: (count) => {
        onBytes(buffer.subarray(0, count))
        return true
      },
    },
  })
  // Its end is the child's end, of which somebody else tells.
  socket.on('error', () => undefined)
  let handedOver = false
  return {
    theirs,
    handedOver: () => {
      if (!handedOver) closeSync(theirs)
      handedOver = true
      socket.resume()
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => {
      if (!handedOver) closeSync(theirs)
      handedOver = true
      socket.destroy()
    },
  }
}
